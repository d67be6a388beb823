/** Pearson's correlation of every model under resampling, from sums by unit: see bootstrap.ts. */
import type { ModelOutputs, Rule } from './bootstrap-rules';
import { mean } from './probability';
import { productTiles, tiledProduct } from './tiles';

/** A variance this small beside the whole sample's is rounding: the resample is constant. */
const rounding = 1e-12;

/** 0 where either side is constant, as `pearson` has it. */
export function correlationRule(
  { models, labels, numbers }: ModelOutputs,
  unitOf: Uint32Array,
  units: number,
): Rule {
  const n = labels.length;
  if (numbers?.said.length !== n * models || numbers.truth.length !== n)
    throw new RangeError('Bootstrap: the correlation needs the number that every model predicts.');
  const { truth, said } = numbers;
  // about their means: sums of squares of large numbers would lose the variance
  const centred = (values: ArrayLike<number>, from: number): Float64Array => {
    const own = Float64Array.from({ length: n }, (_, s) => values[from + s]);
    const centre = mean(own);
    return own.map((x) => x - centre);
  };
  const y = centred(truth, 0);
  // by unit: 1, y, y², then x, x², xy of each model
  const columns = 3 + 3 * models;
  const sums = new Float64Array(units * columns);
  const add = (column: number, amount: (s: number) => number): void => {
    for (let s = 0; s < n; s++) sums[unitOf[s] * columns + column] += amount(s);
  };
  add(0, () => 1);
  add(1, (s) => y[s]);
  add(2, (s) => y[s] ** 2);
  const least = new Float64Array(models + 1);
  least[models] = rounding * y.reduce((sum, v) => sum + v * v, 0);
  for (let m = 0; m < models; m++) {
    const x = centred(said, m * n);
    add(3 + 3 * m, (s) => x[s]);
    add(4 + 3 * m, (s) => x[s] ** 2);
    add(5 + 3 * m, (s) => x[s] * y[s]);
    least[m] = rounding * x.reduce((sum, v) => sum + v * v, 0);
  }
  const tiles = productTiles(sums, units, columns);
  return {
    evaluate(weights, count, out) {
      const totals = new Float64Array(count * columns);
      tiledProduct(weights, count, tiles, totals);
      for (let r = 0; r < count; r++) {
        const at = r * columns;
        const size = totals[at];
        const yy = totals[at + 2] - totals[at + 1] ** 2 / size;
        for (let m = 0; m < models; m++) {
          const [sx, sxx, sxy] = totals.subarray(at + 3 + 3 * m, at + 6 + 3 * m);
          const xx = sxx - sx ** 2 / size;
          const xy = sxy - (sx * totals[at + 1]) / size;
          const flat = xx <= least[m] || yy <= least[models];
          out[r * models + m] = flat ? 0 : Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
        }
      }
    },
  };
}
