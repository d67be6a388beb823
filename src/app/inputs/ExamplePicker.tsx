import { useEffect, useState } from 'react';
import { useApp } from '../../store/react';
import { Popover } from '../chrome/Popover';
import {
  exampleIndex,
  exampleName,
  examplesFor,
  loadExample,
  type ExampleEntry,
  type ExampleIndex,
  type ExampleKind,
} from './examples';
import { useRoving } from './useRoving';
import type { Giving, SideInfo } from './side';

export interface ExamplePickerProps {
  kind: ExampleKind;
  info: SideInfo;
  giving: Giving;
}

/** Examples that the project made: a row a hand or voice, a column a class. */
export function ExamplePicker({ kind, info, giving }: ExamplePickerProps) {
  return (
    <Popover className="btn" button="Example" name="Examples" panelClass="examples">
      {(close) => <Examples kind={kind} info={info} giving={giving} close={close} />}
    </Popover>
  );
}

function Examples({ kind, info, giving, close }: ExamplePickerProps & { close(): void }) {
  const packId = useApp((s) => s.packId);
  const [index, setIndex] = useState<ExampleIndex | null>(null);
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
  };
  const sets = [...new Set(own.map((entry) => entry.set))];
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
                  aria-label={kind === 'text' ? undefined : `${entry.class}: ${entry.label}, ${set}`}
                  onClick={() => pick(entry)}
                >
                  {kind === 'text' ? entry.text : entry.class}
                </button>
              ))}
          </div>
        ))}
      </div>
      {index.notes[kind] && <p className="fine">{`Made by this project: ${index.notes[kind]}.`}</p>}
    </>
  );
}
