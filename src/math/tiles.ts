/** A small dense product for plain arrays, 4 × 4 values at a time in registers. */

/** A matrix [rows, columns] laid out for `tiledProduct`: four columns side by side, row after row. */
export interface ProductTiles {
  rows: number;
  columns: number;
  values: Float64Array;
}

/** @param b [rows, columns] */
export function productTiles(b: ArrayLike<number>, rows: number, columns: number): ProductTiles {
  const groups = Math.ceil(columns / 4);
  const values = new Float64Array(groups * rows * 4);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) values[((c >> 2) * rows + r) * 4 + (c & 3)] = b[r * columns + c];
  return { rows, columns, values };
}

/**
 * out = a b.
 * @param a [count, b.rows]
 * @param out [count, b.columns], overwritten
 */
export function tiledProduct(a: ArrayLike<number>, count: number, b: ProductTiles, out: Float64Array): void {
  const left = productTiles(transposed(a, count, b.rows), b.rows, count);
  for (let c = 0; c < b.columns; c += 4)
    for (let r = 0; r < count; r += 4)
      tile(left.values, r * b.rows, b.values, c * b.rows, b.rows, out, r, c, count, b.columns);
}

function transposed(a: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = a[r * columns + c];
  return out;
}

const block = new Float64Array(16);

/** One 4 × 4 block of the product; the sums stay in registers over the whole inner dimension. */
function tile(
  a: Float64Array,
  atA: number,
  b: Float64Array,
  atB: number,
  inner: number,
  out: Float64Array,
  row: number,
  column: number,
  rows: number,
  columns: number,
): void {
  let s00 = 0, s01 = 0, s02 = 0, s03 = 0; // prettier-ignore
  let s10 = 0, s11 = 0, s12 = 0, s13 = 0; // prettier-ignore
  let s20 = 0, s21 = 0, s22 = 0, s23 = 0; // prettier-ignore
  let s30 = 0, s31 = 0, s32 = 0, s33 = 0; // prettier-ignore
  for (let k = 0; k < inner * 4; k += 4) {
    const b0 = b[atB + k];
    const b1 = b[atB + k + 1];
    const b2 = b[atB + k + 2];
    const b3 = b[atB + k + 3];
    let x = a[atA + k];
    s00 += x * b0;
    s01 += x * b1;
    s02 += x * b2;
    s03 += x * b3;
    x = a[atA + k + 1];
    s10 += x * b0;
    s11 += x * b1;
    s12 += x * b2;
    s13 += x * b3;
    x = a[atA + k + 2];
    s20 += x * b0;
    s21 += x * b1;
    s22 += x * b2;
    s23 += x * b3;
    x = a[atA + k + 3];
    s30 += x * b0;
    s31 += x * b1;
    s32 += x * b2;
    s33 += x * b3;
  }
  block.set([s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33]);
  for (let r = 0; r < 4 && row + r < rows; r++)
    for (let c = 0; c < 4 && column + c < columns; c++)
      out[(row + r) * columns + column + c] = block[r * 4 + c];
}
