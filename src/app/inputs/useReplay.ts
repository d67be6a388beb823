import { useEffect, useState } from 'react';

/**
 * A clock that runs once from 0 to 1.
 * @param ms how long that takes
 * @returns the position, null while it does not run, and how to start or stop it
 */
export function useReplay(ms: number): { at: number | null; toggle(): void; stop(): void } {
  const [started, setStarted] = useState<number | null>(null);
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (started === null) return;
    let frame = requestAnimationFrame(function step(now) {
      const next = (now - started) / ms;
      if (next >= 1) return setStarted(null);
      setAt(Math.max(0, next));
      frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [started, ms]);
  return {
    at: started === null ? null : at,
    toggle() {
      setAt(0);
      setStarted(started === null ? performance.now() : null);
    },
    stop: () => setStarted(null),
  };
}
