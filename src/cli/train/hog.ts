/** Histograms of oriented gradients (Dalal & Triggs 2005) and colours of a picture: what a linear model can learn from. */

const bins = 9;

/**
 * Gradient strength by direction (9 of 180°, shared between the two nearest) in square cells.
 * @param picture [3, side, side], 0 to 1 @returns [rows × columns × 9] of side/cell rows and columns
 */
export function gradientCells(picture: Float32Array, side: number, cell: number): Float32Array {
  const area = side * side;
  const across = side / cell;
  const light = new Float32Array(area);
  for (let i = 0; i < area; i++)
    light[i] = 0.299 * picture[i] + 0.587 * picture[area + i] + 0.114 * picture[2 * area + i];
  const out = new Float32Array(across * across * bins);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const at = y * side + x;
      const dx = light[x < side - 1 ? at + 1 : at] - light[x > 0 ? at - 1 : at];
      const dy = light[y < side - 1 ? at + side : at] - light[y > 0 ? at - side : at];
      const strength = Math.sqrt(dx * dx + dy * dy);
      if (strength === 0) continue;
      const angle = ((Math.atan2(dy, dx) / Math.PI + 1) * bins) % bins;
      const low = Math.floor(angle) % bins;
      const share = angle - Math.floor(angle);
      const to = (Math.floor(y / cell) * across + Math.floor(x / cell)) * bins;
      out[to + low] += strength * (1 - share);
      out[to + ((low + 1) % bins)] += strength * share;
    }
  return out;
}

/** Scales a run of values to length 1; a flat patch stays near 0. */
function normalise(values: Float32Array, from: number, count: number): void {
  let squared = 0;
  for (let i = 0; i < count; i++) squared += values[from + i] ** 2;
  const scale = 1 / Math.sqrt(squared + 0.01);
  for (let i = 0; i < count; i++) values[from + i] *= scale;
}

/** For each patch, the histograms of its four quarters, together of length at most 1: [patches × 36]. */
export function patchGradients(picture: Float32Array, side: number, patch: number): Float32Array {
  const across = side / patch;
  const cells = gradientCells(picture, side, patch / 2);
  const out = new Float32Array(across * across * 4 * bins);
  for (let p = 0; p < across * across; p++) {
    const [row, column] = [2 * Math.floor(p / across), 2 * (p % across)];
    for (let q = 0; q < 4; q++) {
      const from = ((row + (q >> 1)) * 2 * across + column + (q & 1)) * bins;
      out.set(cells.subarray(from, from + bins), (p * 4 + q) * bins);
    }
    normalise(out, p * 4 * bins, 4 * bins);
  }
  return out;
}

const cell = 8;
const regions = 4;

export const featureCount = (side: number): number =>
  (side / cell - 1) ** 2 * 4 * bins + regions * regions * 6 + 64;

/** Blocks of 2 × 2 cells normalised together; mean and deviation of the colours in 4 × 4 regions; a histogram of 4³ colours. */
export function pictureFeatures(picture: Float32Array, side: number): Float32Array {
  const out = new Float32Array(featureCount(side));
  const cells = gradientCells(picture, side, cell);
  const across = side / cell;
  let at = 0;
  for (let row = 0; row < across - 1; row++)
    for (let column = 0; column < across - 1; column++) {
      for (let q = 0; q < 4; q++) {
        const from = ((row + (q >> 1)) * across + column + (q & 1)) * bins;
        out.set(cells.subarray(from, from + bins), at + q * bins);
      }
      normalise(out, at, 4 * bins);
      at += 4 * bins;
    }
  const area = side * side;
  const region = side / regions;
  const level = (v: number) => Math.min(3, Math.max(0, Math.floor(v * 4)));
  for (let r = 0; r < regions * regions; r++)
    for (let c = 0; c < 3; c++) {
      let [sum, squares] = [0, 0];
      for (let y = 0; y < region; y++)
        for (let x = 0; x < region; x++) {
          const v =
            picture[c * area + (Math.floor(r / regions) * region + y) * side + (r % regions) * region + x];
          sum += v;
          squares += v * v;
        }
      const mean = sum / region ** 2;
      out[at++] = mean;
      out[at++] = Math.sqrt(Math.max(0, squares / region ** 2 - mean * mean));
    }
  for (let i = 0; i < area; i++)
    out[at + 16 * level(picture[i]) + 4 * level(picture[area + i]) + level(picture[2 * area + i])] +=
      1 / area;
  for (let i = at; i < at + 64; i++) out[i] = Math.sqrt(out[i]);
  return out;
}
