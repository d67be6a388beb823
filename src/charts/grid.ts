/**
 * Geometry of a la × lb matrix of layer pairs, in units of one cell: layer la of A is the top row, layer lb of B
 * the right column, so late fusion is the top right corner and deeper is up or right.
 */

export interface Cell {
  i: number;
  j: number;
}

/** Top left corner of a cell. */
export const corner = ({ i, j }: Cell, la: number): { x: number; y: number } => ({ x: j - 1, y: la - i });

/** Layers of A from the top row down. */
export const rowsDown = (la: number): number[] => Array.from({ length: la }, (_, r) => la - r);
export const columns = (lb: number): number[] => Array.from({ length: lb }, (_, c) => c + 1);

/** Where a key leads from a cell (ARIA grid pattern), or null if the key is not one of the grid's. */
export function moveCell({ i, j }: Cell, key: string, la: number, lb: number): Cell | null {
  switch (key) {
    case 'ArrowUp':
      return { i: Math.min(la, i + 1), j };
    case 'ArrowDown':
      return { i: Math.max(1, i - 1), j };
    case 'ArrowRight':
      return { i, j: Math.min(lb, j + 1) };
    case 'ArrowLeft':
      return { i, j: Math.max(1, j - 1) };
    case 'Home':
      return { i, j: 1 };
    case 'End':
      return { i, j: lb };
    case 'PageUp':
      return { i: la, j };
    case 'PageDown':
      return { i: 1, j };
    default:
      return null;
  }
}

/** Path along the diagonal through a cell, drawn only across the corners where cells meet: it covers no cell. */
export function diagonalStitches({ i, j }: Cell, la: number, lb: number, reach = 0.2): string {
  const out: string[] = [];
  const back = Math.min(i, j) - 1;
  for (let a = i - back, b = j - back; a < la && b < lb; a++, b++) {
    const x = b;
    const y = la - a;
    out.push(`M${x - reach} ${y + reach}l${2 * reach} ${-2 * reach}`);
  }
  return out.join('');
}

/** Outline of a set of cells: an edge wherever a member has no member beside it. `inside` is [la·lb], row by row of A. */
export function outline(inside: ArrayLike<boolean>, la: number, lb: number): string {
  const is = (i: number, j: number): boolean =>
    i >= 1 && i <= la && j >= 1 && j <= lb && inside[(i - 1) * lb + j - 1];
  const out: string[] = [];
  for (let i = 1; i <= la; i++)
    for (let j = 1; j <= lb; j++) {
      if (!is(i, j)) continue;
      const { x, y } = corner({ i, j }, la);
      if (!is(i + 1, j)) out.push(`M${x} ${y}h1`);
      if (!is(i - 1, j)) out.push(`M${x} ${y + 1}h1`);
      if (!is(i, j - 1)) out.push(`M${x} ${y}v1`);
      if (!is(i, j + 1)) out.push(`M${x + 1} ${y}v1`);
    }
  return out.join('');
}

/** Index of the largest number; −1 where there is none. Ties go to the first. */
export function argmax(values: ArrayLike<number>): number {
  let best = -1;
  for (let n = 0; n < values.length; n++)
    if (Number.isFinite(values[n]) && (best < 0 || values[n] > values[best])) best = n;
  return best;
}

/** Layer ticks that fit: the ends and every fourth, counted from the top. */
export const sparseTicks = (layers: number): number[] => {
  if (layers <= 4) return columns(layers);
  const step = Math.max(1, Math.ceil(layers / 3));
  const out = [1];
  for (let l = step; l <= layers; l += step) if (l > 1) out.push(l);
  if (out[out.length - 1] !== layers) out.push(layers);
  return out;
};
