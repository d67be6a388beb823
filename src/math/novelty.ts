/** Whether a sample is like any of those that are known: its distance to the nearest of them, beside their own. */

/** Mean Euclidean distance of a point to its k nearest rows of [n, width]. @param except a row that does not count */
export function neighbourDistance(
  point: ArrayLike<number>,
  rows: Float32Array,
  width: number,
  k: number,
  except = -1,
): number {
  const n = rows.length / width;
  const nearest = new Array<number>(k).fill(Infinity);
  for (let r = 0; r < n; r++) {
    if (r === except) continue;
    let squared = 0;
    for (let c = 0; c < width; c++) squared += (rows[r * width + c] - point[c]) ** 2;
    if (squared >= nearest[k - 1]) continue;
    let at = k - 1;
    for (; at > 0 && nearest[at - 1] > squared; at--) nearest[at] = nearest[at - 1];
    nearest[at] = squared;
  }
  const found = nearest.filter(Number.isFinite);
  return found.reduce((sum, squared) => sum + Math.sqrt(squared), 0) / found.length;
}

/** [n] of each row to its k nearest others: what is usual. */
export function usualDistances(rows: Float32Array, width: number, k: number): Float64Array {
  return Float64Array.from({ length: rows.length / width }, (_, r) =>
    neighbourDistance(rows.subarray(r * width, (r + 1) * width), rows, width, k, r),
  );
}
