import {
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
} from 'react';
import { nextShown, placeCard, stops, type Box } from './tour-stops';

/** The box of a stop's panel, or null where the page shows no such panel now. */
function boxOf(selector: string): Box | null {
  const element = document.querySelector(selector);
  if (!element) return null;
  const { left, top, width, height } = element.getBoundingClientRect();
  return width > 0 ? { left, top, width, height } : null;
}

const isShown = (n: number): boolean => boxOf(stops[n].target) !== null;

/** A walk through the page, on request: one panel at a time, ended by Esc, the page below stays usable. */
export default function Tour({ onEnd }: { onEnd(): void }) {
  const [at, setAt] = useState(() => nextShown(-1, 1, isShown) ?? 0);
  const [box, setBox] = useState<Box | null>(null);
  const [card, setCard] = useState<CSSProperties>({});
  const surface = useRef<HTMLDivElement>(null);
  const came = useRef<Element | null>(null);
  const [title, text] = [useId(), useId()];
  const stop = stops[at];
  const before = nextShown(at, -1, isShown);
  const after = nextShown(at, 1, isShown);

  useEffect(() => {
    came.current = document.activeElement;
    return () => {
      if (came.current instanceof HTMLElement) came.current.focus();
    };
  }, []);

  useLayoutEffect(() => {
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    document
      .querySelector(stop.target)
      ?.scrollIntoView({ block: 'center', behavior: still ? 'auto' : 'smooth' });
    surface.current?.focus();
    let frame = 0;
    const follow = () => {
      frame = requestAnimationFrame(follow);
      const next = boxOf(stop.target);
      setBox((old) =>
        old &&
        next &&
        (['left', 'top', 'width', 'height'] as const).every((k) => Math.abs(old[k] - next[k]) < 0.5)
          ? old
          : next,
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
