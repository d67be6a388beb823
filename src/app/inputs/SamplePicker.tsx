import { useState } from 'react';
import type { ReplyOf } from '../../engine/protocol';
import { useActions, useApp } from '../../store/react';
import { scene } from '../../store/selectors';
import type { Load } from '../../store/state';
import type { Giving, Side, SideInfo } from './side';

export interface SamplePickerProps {
  side: Side;
  info: SideInfo;
  giving: Giving;
}

const nameOf = (id: string): string => `evaluation sample ${id}`;
const other = { a: 'b', b: 'a' } as const;

/** Evaluation samples whose layer states the pack ships, by id and class: the list is fetched when it is asked for. */
export function SamplePicker({ side, info, giving }: SamplePickerProps) {
  const { evaluationSamples, setDegradation, setInput } = useActions();
  const now = useApp(scene);
  const input = useApp((s) => s[side].input);
  const partner = useApp((s) => s[other[side]].input);
  const [list, setList] = useState<Load<ReplyOf<'samples'>> & { of?: string }>({ state: 'idle' });
  const pairing = now?.pairing.id ?? '';
  const shipped = now?.pack.files.some((f) => f.role === 'sample-states' && f.pairing === pairing) ?? false;
  if (!now || !shipped) return null;
  const samples = list.state === 'ready' && list.of === pairing ? list.value : null;
  const fetchList = () => {
    setList({ state: 'loading', done: 0, total: 0, what: 'evaluation samples' });
    evaluationSamples()
      .then((value) => setList({ state: 'ready', value, of: pairing }))
      .catch((error: unknown) => {
        setList({ state: 'idle' });
        giving.reject(error);
      });
  };
  const idsOf = (which: Side) => samples?.[which === 'a' ? 'idsA' : 'idsB'] ?? [];
  const chosen = input?.kind === 'stored' ? input.id : '';
  const choose = (row: number) => {
    giving.give({ kind: 'stored', pairing, id: idsOf(side)[row] }, nameOf(idsOf(side)[row]));
    setDegradation(side, { dropped: undefined });
  };
  const row = idsOf(side).indexOf(chosen);
  const theirs = row < 0 ? undefined : idsOf(other[side])[row];
  const both = partner?.kind === 'stored' && partner.id === theirs;
  const otherLabel = now[other[side]].label.toLowerCase();
  return (
    <div className="row samples">
      {samples ? (
        <select
          aria-label={`Evaluation sample for ${info.label}`}
          value={row}
          onChange={(event) => choose(Number(event.target.value))}
        >
          {row < 0 && (
            <option value={-1} disabled>
              Choose a sample…
            </option>
          )}
          {idsOf(side).map((id, n) => (
            <option key={id} value={n}>
              {`${id}, ${now.task.classes[samples.labels[n]] ?? ''}`}
            </option>
          ))}
        </select>
      ) : (
        <button type="button" className="btn" disabled={list.state === 'loading'} onClick={fetchList}>
          {list.state === 'loading' ? 'Fetching the samples…' : 'Evaluation sample…'}
        </button>
      )}
      {theirs !== undefined && !both && (
        <button
          type="button"
          className="btn"
          onClick={() => {
            setInput(other[side], { kind: 'stored', pairing, id: theirs }, nameOf(theirs));
            setDegradation(other[side], { dropped: undefined });
          }}
        >
          {`Its ${otherLabel} too`}
        </button>
      )}
      {input?.kind === 'stored' && (
        <button
          type="button"
          className="btn"
          onClick={() => {
            giving.give(null, '');
            if (info.kind === 'features') setDegradation(side, { dropped: 'means' });
          }}
        >
          Clear
        </button>
      )}
    </div>
  );
}
