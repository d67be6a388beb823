import { useEffect, useMemo, useRef } from 'react';
import type { Seen } from '../../engine/protocol';
import { frameChannels, render, type Drawing } from '../../media/strokes';
import { useShownTheme } from '../chrome/theme';
import { isBlank } from './pad';

interface Frames {
  frames: Float32Array;
  count: number;
  channels: number;
  size: number;
}

/** What the encoder takes until it has said so itself. */
const preview = { frames: 8, size: 36 };

/** Lightness of the two inks on light and on dark ground: what was drawn before, what this frame adds. */
const inks = { light: [100, 16], dark: [140, 240] } as const;

/** One frame: the ink so far in grey, what is new since the frame before in full. */
function Frame({ of, index }: { of: Frames; index: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useShownTheme();
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const plane = of.size * of.size;
    const base = index * of.channels * plane;
    const image = context.createImageData(of.size, of.size);
    const [old, fresh] = inks[theme];
    for (let p = 0; p < plane; p++) {
      const ink = of.frames[base + p];
      const added = of.channels > 1 ? of.frames[base + plane + p] : ink;
      const share = ink > 0 ? Math.min(1, added / ink) : 0;
      image.data.fill(old + share * (fresh - old), 4 * p, 4 * p + 3);
      image.data[4 * p + 3] = 255 * Math.min(1, ink);
    }
    context.putImageData(image, 0, 0);
  }, [of, index, theme]);
  return <canvas ref={canvas} width={of.size} height={of.size} />;
}

export interface FilmProps {
  /** As degraded, drawn here while the encoder has not seen it yet. */
  drawing: Drawing;
  seen: Seen | null;
}

/** The frames that the video encoder sees: its own where it has seen them, else the same code here. */
export function Film({ drawing, seen }: FilmProps) {
  const frames = useMemo<Frames | null>(() => {
    if (seen?.kind === 'frames') return seen;
    if (isBlank(drawing)) return null;
    return {
      frames: render(drawing, preview),
      count: preview.frames,
      channels: frameChannels,
      size: preview.size,
    };
  }, [drawing, seen]);
  const count = frames?.count ?? preview.frames;
  return (
    <div
      className="film"
      role="img"
      aria-label={
        frames ? `The ${count} frames that the video encoder sees` : `${count} empty frames: nothing is drawn`
      }
      style={{ '--frames': count } as React.CSSProperties}
    >
      {Array.from({ length: count }, (_, n) =>
        frames ? <Frame key={n} of={frames} index={n} /> : <canvas key={n} width={1} height={1} />,
      )}
    </div>
  );
}
