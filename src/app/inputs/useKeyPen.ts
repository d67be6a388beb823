import { useState, type KeyboardEvent } from 'react';
import type { Drawing, StrokePoint } from '../../media/strokes';
import { centred, keyPoints, lastTime, moveKeyPen, withStroke, type KeyPen } from './pad';

/** Between two strokes, as a hand takes. */
const pauseMs = 200;

export interface KeyDrawing {
  /** Where the pen of the keyboard is; null while the keyboard does not draw. */
  pen: KeyPen | null;
  live: StrokePoint[] | null;
  onKeyDown(event: KeyboardEvent): void;
  /** Lift the pen and put it away, as when the focus leaves. */
  leave(): void;
}

/** Arrows move the pen (Shift: finely), Space or Enter puts it down and lifts it, Esc puts it away. */
export function useKeyPen(drawing: Drawing, finished: (drawing: Drawing) => void): KeyDrawing {
  const [pen, setPen] = useState<KeyPen | null>(null);
  const [live, setLive] = useState<StrokePoint[] | null>(null);

  const lift = () => {
    if (live) finished(withStroke(drawing, live));
    setLive(null);
  };
  const press = (at: KeyPen) => {
    const start = drawing.strokes.length ? lastTime(drawing) + pauseMs : 0;
    setLive([{ x: at.x, y: at.y, t: start }]);
  };

  return {
    pen,
    live,
    leave() {
      lift();
      setPen(null);
    },
    onKeyDown(event) {
      const { key } = event;
      if (key === 'Escape' && pen) {
        event.preventDefault();
        lift();
        setPen(null);
        return;
      }
      if (key === ' ' || key === 'Enter') {
        event.preventDefault();
        const at = pen ?? centred;
        if (at.down) lift();
        else press(at);
        setPen({ ...at, down: !at.down });
        return;
      }
      const moved = moveKeyPen(pen ?? centred, key, event.shiftKey);
      if (!moved || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      setPen(moved);
      if (live && pen) setLive([...live, ...keyPoints(pen, moved, live[live.length - 1].t)]);
    },
  };
}
