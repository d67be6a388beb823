/** The picture below an attribution map, as the encoder saw it: [cells, 3], 0..255. */
import type { Seen } from '../../engine/protocol';
import { greys } from '../inputs/wave';

export interface Ground {
  width: number;
  height: number;
  rgb: Uint8ClampedArray;
  /** Cell of the map that lies under each cell of the picture. */
  cell(p: number): number;
}

const grey = (levels: ArrayLike<number>): Uint8ClampedArray => {
  const out = new Uint8ClampedArray(3 * levels.length);
  for (let p = 0; p < levels.length; p++) out.fill(255 * levels[p], 3 * p, 3 * p + 3);
  return out;
};

/** Time to the right, low frequencies at the foot; only frames that hold sound. */
export function melGround({ values, used, bins }: Extract<Seen, { kind: 'logmel' }>): Ground {
  const level = greys(values.subarray(0, used * bins));
  const cell = (p: number): number => (p % used) * bins + bins - 1 - Math.floor(p / used);
  const levels = Float32Array.from({ length: used * bins }, (_, p) => 1 - 0.8 * level[cell(p)]);
  return { width: used, height: bins, rgb: grey(levels), cell };
}

export function pictureGround({ values, size, mean, deviation }: Extract<Seen, { kind: 'pixels' }>): Ground {
  const plane = size * size;
  const rgb = new Uint8ClampedArray(3 * plane);
  for (let p = 0; p < plane; p++)
    for (let c = 0; c < 3; c++) rgb[3 * p + c] = 255 * (values[c * plane + p] * deviation[c] + mean[c]);
  return { width: size, height: size, rgb, cell: (p) => p };
}

/** One frame of a drawing: dark ink on light ground. */
export function frameGround(
  { frames, channels, size }: Extract<Seen, { kind: 'frames' }>,
  frame: number,
): Ground {
  const plane = size * size;
  const base = frame * channels * plane;
  const levels = Float32Array.from({ length: plane }, (_, p) => 1 - 0.5 * Math.min(1, frames[base + p]));
  return { width: size, height: size, rgb: grey(levels), cell: (p) => frame * plane + p };
}
