import { useEffect, useState } from 'react';
import { useActions, useApp } from '../../store/react';
import { Popover } from '../chrome/Popover';
import {
  exampleIndex,
  exampleName,
  examplesFor,
  exampleUrl,
  loadExample,
  noteOf,
  type ExampleEntry,
  type ExampleIndex,
  type ExampleKind,
} from './examples';
import { useRoving } from './useRoving';
import type { Giving, Side, SideInfo } from './side';

export interface ExamplePickerProps {
  kind: ExampleKind;
  side: Side;
  info: SideInfo;
  giving: Giving;
}

/** Examples that the project made: a row a hand or voice, a column a class. */
export function ExamplePicker(props: ExamplePickerProps) {
  return (
    <Popover className="btn" button="Example" name="Examples" panelClass="examples">
      {(close) => <Examples {...props} close={close} />}
    </Popover>
  );
}

/** What an entry shows of itself. */
function Preview({ kind, text, file, class: name }: ExampleEntry) {
  if (kind === 'text') return text;
  return kind === 'image' && file ? <img src={exampleUrl(file)} alt="" width={56} height={56} /> : name;
}

function Examples({ kind, side, info, giving, close }: ExamplePickerProps & { close(): void }) {
  const packId = useApp((s) => s.packId);
  const { setInput } = useActions();
  const [index, setIndex] = useState<ExampleIndex | null>(null);
  const [both, setBoth] = useState(true);
  useEffect(() => {
    let open = true;
    exampleIndex()
      .then((list) => open && setIndex(list))
      .catch((error: unknown) => {
        if (!open) return;
        giving.reject(error);
        close();
      });
    return () => {
      open = false;
    };
    // Asked for once, when the surface opens.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const roving = useRoving('button');
  if (!index) return <p className="fine">Loading the examples…</p>;
  const own = examplesFor(index, packId, kind, info.id);
  if (own.length === 0) return <p className="fine">There is no example for this input: give your own.</p>;
  const pick = (entry: ExampleEntry) => {
    close();
    loadExample(entry)
      .then((input) => giving.give(input, exampleName(entry, index)))
      .catch(giving.reject);
    const partner = both && index.examples.find(({ id }) => id === entry.partner);
    if (partner)
      loadExample(partner)
        .then((input) => setInput(side === 'a' ? 'b' : 'a', input, exampleName(partner, index)))
        .catch(giving.reject);
  };
  const sets = [...new Set(own.map((entry) => entry.set))];
  const note = noteOf(own[0], index);
  return (
    <>
      <div className={`sets ${kind}`} ref={roving}>
        {sets.map((set) => (
          <div key={set} role="group" aria-label={set}>
            <p>{set}</p>
            {own
              .filter((entry) => entry.set === set)
              .map((entry) => (
                <button
                  key={entry.id}
                  type="button"
                  title={kind === 'image' ? entry.label : undefined}
                  aria-label={kind === 'text' ? undefined : `${entry.class}: ${entry.label}, ${set}`}
                  onClick={() => pick(entry)}
                >
                  <Preview {...entry} />
                </button>
              ))}
          </div>
        ))}
      </div>
      {own.some(({ partner }) => partner) && (
        <label className="both">
          <input type="checkbox" checked={both} onChange={(event) => setBoth(event.target.checked)} />
          and what belongs to it on the other side
        </label>
      )}
      {note && <p className="fine">{`Made by this project: ${note}.`}</p>}
    </>
  );
}
