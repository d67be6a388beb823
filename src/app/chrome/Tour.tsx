import {
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
} from 'react';
import { useSide } from '../inputs/side';
import { nextShown, placeCard, stopsFor, type Box } from './tour-stops';

/** The box of a stop's panel, or null where the page shows no such panel now. */
function boxOf(selector: string): Box | null {
  const element = document.querySelector(selector);
  if (!element) return null;
  const { left, top, width, height } = element.getBoundingClientRect();
  return width > 0 ? { left, top, width, height } : null;
}

/** A walk through the page, on request: one panel at a time, ended by Esc, the page below stays usable. */
export default function Tour({ onEnd }: { onEnd(): void }) {
  const a = useSide('a')?.kind ?? null;
  const b = useSide('b')?.kind ?? null;
  const stops = useMemo(() => stopsFor({ a, b }), [a, b]);
  const isShown = (n: number): boolean => boxOf(stops[n].target) !== null;
  const next = (from: number, step: 1 | -1) => nextShown(from, step, stops.length, isShown);
  const [at, setAt] = useState(() => next(-1, 1) ?? 0);
  const [box, setBox] = useState<Box | null>(null);
  const [card, setCard] = useState<CSSProperties>({});
  const surface = useRef<HTMLDivElement>(null);
  /** Where the focus was: it goes back there. */
  const [came] = useState(() => document.activeElement);
  const [title, text] = [useId(), useId()];
  const stop = stops[at];
  const before = next(at, -1);
  const after = next(at, 1);

  useEffect(
    () => () => {
      if (came instanceof HTMLElement) came.focus();
    },
    [came],
  );

  useLayoutEffect(() => {
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    document
      .querySelector(stop.target)
      ?.scrollIntoView({ block: 'center', behavior: still ? 'auto' : 'smooth' });
    surface.current?.focus();
    let frame = 0;
    const follow = () => {
      frame = requestAnimationFrame(follow);
      const now = boxOf(stop.target);
      setBox((old) =>
        old &&
        now &&
        (['left', 'top', 'width', 'height'] as const).every((k) => Math.abs(old[k] - now[k]) < 0.5)
          ? old
          : now,
      );
    };
    follow();
    return () => cancelAnimationFrame(frame);
  }, [stop]);

  useLayoutEffect(() => {
    const element = surface.current;
    if (!element || !box) return;
    setCard(
      placeCard(
        box,
        { width: element.offsetWidth, height: element.offsetHeight },
        { width: window.innerWidth, height: window.innerHeight },
      ),
    );
  }, [box, at]);

  const go = (to: number | null) => (to === null ? onEnd() : setAt(to));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onEnd();
    else if (event.key === 'ArrowRight') go(after);
    else if (event.key === 'ArrowLeft' && before !== null) go(before);
    else return;
    event.preventDefault();
  };
  return (
    <>
      {box && (
        <div
          className="spotlight"
          aria-hidden="true"
          style={{ left: box.left - 4, top: box.top - 4, width: box.width + 8, height: box.height + 8 }}
        />
      )}
      <div
        ref={surface}
        className="tour"
        role="dialog"
        aria-labelledby={title}
        aria-describedby={text}
        tabIndex={-1}
        style={card}
        onKeyDown={onKeyDown}
      >
        <h2 id={title}>{stop.title}</h2>
        <p id={text}>{stop.text}</p>
        <div className="row">
          <span className="fine">
            {at + 1} of {stops.length}
          </span>
          <button type="button" className="link" onClick={onEnd}>
            End
          </button>
          <button type="button" className="btn" disabled={before === null} onClick={() => go(before)}>
            Back
          </button>
          <button type="button" className="btn" onClick={() => go(after)}>
            {after === null ? 'Done' : 'Next'}
          </button>
        </div>
      </div>
    </>
  );
}
