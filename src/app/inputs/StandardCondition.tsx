import type { Degradation } from '../../engine/protocol';
import { useActions, useApp } from '../../store/react';
import { controlsOf, undegraded } from './degradations';
import { useSide, type SideInfo } from './side';

/** Whether the controls of a side stand where a condition has them. */
export const isAt = (degradation: Degradation, condition: Degradation, kind: SideInfo['kind']): boolean =>
  !degradation.dropped &&
  controlsOf(kind).every((control) => control.at(degradation) === control.at(condition));

/** What the ticks mean, and the inputs set to it; or back to whole and clean. */
export function StandardCondition() {
  const { setDegradation } = useActions();
  const a = useSide('a');
  const b = useSide('b');
  const given = { a: useApp((s) => s.a.degradation), b: useApp((s) => s.b.degradation) };
  // what nobody can give here stays as it is: its condition was one of the evaluation
  const sides = [
    { side: 'a' as const, info: a },
    { side: 'b' as const, info: b },
  ].filter(({ info }) => info?.kind !== 'features');
  if (sides.length === 0 || sides.some(({ info }) => !info?.standard)) return null;
  const there = sides.every(({ side, info }) => isAt(given[side], info!.standard!, info!.kind));
  const apply = () => {
    for (const { side, info } of sides)
      setDegradation(side, { ...undegraded, dropped: undefined, ...(there ? {} : info!.standard) });
  };
  const whom = sides.length === 2 ? 'both' : 'it';
  return (
    <>
      <i className="notch" aria-hidden="true" />
      <button type="button" className="link" onClick={apply}>
        {there ? `Give ${whom} whole and clean` : `Set ${whom} to the reported condition`}
      </button>
    </>
  );
}
