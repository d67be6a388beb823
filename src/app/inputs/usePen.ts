import { useRef, useState, type PointerEvent } from 'react';
import type { Drawing, StrokePoint } from '../../media/strokes';
import { extendStroke, mostPoints, pointCount, strokeOrigin, toPad, withStroke } from './pad';

export interface Pen {
  /** The stroke that is being drawn, or null. */
  live: StrokePoint[] | null;
  handlers: {
    onPointerDown(event: PointerEvent<HTMLElement>): void;
    onPointerMove(event: PointerEvent<HTMLElement>): void;
    onPointerUp(event: PointerEvent<HTMLElement>): void;
    onPointerCancel(event: PointerEvent<HTMLElement>): void;
  };
}

/**
 * Mouse, pen or finger on the pad: every coalesced point with its own time. A second finger, or a palm while the
 * pen is down, draws nothing.
 * @param finished is given the drawing with the new stroke
 */
export function usePen(drawing: Drawing, finished: (drawing: Drawing) => void): Pen {
  const [live, setLive] = useState<StrokePoint[] | null>(null);
  const active = useRef<{ pointer: number; origin: number; stroke: StrokePoint[]; frame: number } | null>(
    null,
  );
  const ended = useRef<number | null>(null);

  const read = (event: PointerEvent<HTMLElement>): StrokePoint[] => {
    const box = event.currentTarget.getBoundingClientRect();
    const all = event.nativeEvent.getCoalescedEvents?.() ?? [];
    const origin = active.current?.origin ?? 0;
    return (all.length ? all : [event.nativeEvent]).map(({ clientX, clientY, timeStamp }) => ({
      ...toPad(clientX, clientY, box),
      t: Math.max(0, timeStamp - origin),
    }));
  };

  const end = (event: PointerEvent<HTMLElement>) => {
    const now = active.current;
    if (now?.pointer !== event.pointerId) return;
    cancelAnimationFrame(now.frame);
    active.current = null;
    ended.current = event.timeStamp;
    setLive(null);
    finished(withStroke(drawing, now.stroke));
  };

  return {
    live,
    handlers: {
      onPointerDown(event) {
        if (active.current || event.button !== 0 || pointCount(drawing) >= mostPoints) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const origin = strokeOrigin(drawing, event.timeStamp, ended.current);
        active.current = { pointer: event.pointerId, origin, stroke: [], frame: 0 };
        active.current.stroke = read(event).slice(-1);
        setLive(active.current.stroke);
      },
      onPointerMove(event) {
        const now = active.current;
        if (now?.pointer !== event.pointerId || now.stroke.length >= mostPoints) return;
        now.stroke = extendStroke(now.stroke, read(event));
        // Pens report up to 240 times a second; the screen shows 60.
        now.frame ||= requestAnimationFrame(() => {
          now.frame = 0;
          setLive(now.stroke);
        });
      },
      onPointerUp: end,
      // The system took the pointer: what was drawn so far counts.
      onPointerCancel: end,
    },
  };
}
