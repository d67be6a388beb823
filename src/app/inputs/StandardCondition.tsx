import type { Degradation } from '../../engine/protocol';
import { useActions, useApp } from '../../store/react';
import { controlsOf, undegraded } from './degradations';
import { useSide, type SideInfo } from './side';

/** Whether the controls of a side stand where a condition has them. */
export const isAt = (degradation: Degradation, condition: Degradation, kind: SideInfo['kind']): boolean =>
  !degradation.dropped &&
  controlsOf(kind).every((control) => control.at(degradation) === control.at(condition));

/** What the ticks mean, and both inputs set to it; or back to whole and clean. */
export function StandardCondition() {
  const { setDegradation } = useActions();
  const a = useSide('a');
  const b = useSide('b');
  const given = { a: useApp((s) => s.a.degradation), b: useApp((s) => s.b.degradation) };
  if (!a?.standard || !b?.standard) return null;
  const there = isAt(given.a, a.standard, a.kind) && isAt(given.b, b.standard, b.kind);
  const apply = () => {
    const to = (info: SideInfo) => ({ ...undegraded, dropped: undefined, ...(there ? {} : info.standard) });
    setDegradation('a', to(a));
    setDegradation('b', to(b));
  };
  return (
    <>
      <i className="notch" aria-hidden="true" />
      <button type="button" className="link" onClick={apply}>
        {there ? 'Give both whole and clean' : 'Set both to the reported condition'}
      </button>
    </>
  );
}
