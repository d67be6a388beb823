/** A 512³ product beside the register-only loop, in turn in one process. */
import * as tf from '../../runtime/tf';
import { peakLoop } from './peak';
import { startOwn } from './start';
import { median } from './timing';

const size = 512;

/** @returns medians of GFLOP/s, and of their share round by round */
export async function timeMatMul(rounds = 80): Promise<{ peak: number; product: number; share: number }> {
  await startOwn(1);
  const peak = await peakLoop();
  const [a, b] = [tf.randomNormal([size, size]), tf.randomNormal([size, size])];
  const product = () => {
    const from = performance.now();
    tf.matMul(a, b).dispose();
    return (2 * size ** 3) / (performance.now() - from) / 1e6;
  };
  const peaks: number[] = [];
  const products: number[] = [];
  for (let r = -5; r < rounds; r++) {
    const [p, m] = [peak(), product()];
    if (r >= 0) {
      peaks.push(p);
      products.push(m);
    }
  }
  return {
    peak: median(peaks),
    product: median(products),
    share: median(products.map((m, r) => m / peaks[r])),
  };
}
