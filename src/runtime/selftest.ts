/** Does this backend compute what it should? A small layer against the same in plain arrays. */
import * as tf from './tf';
import { attention, gelu, layerNorm, linear } from './ops';

const [ROWS, WIDTH, HEADS] = [40, 32, 2];

/** A fixed sequence in [−1, 1): the self-test must not depend on a random generator. */
const sequence = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => ((((i + 1) * 7919 + seed * 104729) % 2003) / 2003) * 2 - 1);

function referenceLinear(x: Float32Array, w: Float32Array, b: Float32Array): Float32Array {
  const [inWidth, outWidth] = [w.length / b.length, b.length];
  return Float32Array.from({ length: (x.length / inWidth) * outWidth }, (_, at) => {
    const [row, column] = [Math.floor(at / outWidth), at % outWidth];
    let sum = b[column];
    for (let k = 0; k < inWidth; k++) sum += x[row * inWidth + k] * w[k * outWidth + column];
    return sum;
  });
}

function referenceAttention(qkv: Float32Array): Float32Array {
  const headWidth = WIDTH / HEADS;
  const out = new Float32Array(ROWS * WIDTH);
  for (let h = 0; h < HEADS; h++)
    for (let i = 0; i < ROWS; i++) {
      const at = (row: number, part: number, c: number) =>
        qkv[row * 3 * WIDTH + part * WIDTH + h * headWidth + c];
      const scores = Array.from({ length: ROWS }, (_, j) => {
        let dot = 0;
        for (let c = 0; c < headWidth; c++) dot += at(i, 0, c) * at(j, 1, c);
        return Math.exp(dot / Math.sqrt(headWidth));
      });
      const total = scores.reduce((a, b) => a + b, 0);
      for (let c = 0; c < headWidth; c++)
        out[i * WIDTH + h * headWidth + c] = scores.reduce((sum, e, j) => sum + (e / total) * at(j, 2, c), 0);
    }
  return out;
}

/** Φ(x) by numerical integration (Simpson) of the normal density: no series shared with the kernels. */
function normalCdf(x: number): number {
  const [steps, density] = [200, (t: number) => Math.exp(-0.5 * t * t) / Math.sqrt(2 * Math.PI)];
  let sum = density(0) + density(x);
  for (let i = 1; i < steps; i++) sum += (i % 2 ? 4 : 2) * density((x * i) / steps);
  return 0.5 + (sum * x) / (3 * steps);
}

function referenceNorm(x: Float32Array, eps: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let r = 0; r < x.length; r += WIDTH) {
    const row = x.subarray(r, r + WIDTH);
    const mean = row.reduce((a, b) => a + b, 0) / WIDTH;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / WIDTH;
    row.forEach((v, i) => (out[r + i] = (v - mean) / Math.sqrt(variance + eps)));
  }
  return out;
}

/** The largest absolute error of an attention layer, GELU and layer norm on the active backend. */
export async function selfTest(): Promise<number> {
  const x = sequence(ROWS * WIDTH, 1);
  const w = sequence(WIDTH * 3 * WIDTH, 2);
  const b = sequence(3 * WIDTH, 3);
  const qkv = referenceLinear(x, w, b);
  const context = referenceAttention(qkv);
  const expected = referenceNorm(
    context.map((v) => v * normalCdf(v)),
    1e-5,
  );
  const result = tf.tidy(() => {
    const projected = linear(tf.tensor(x, [1, ROWS, WIDTH]), tf.tensor(w, [WIDTH, 3 * WIDTH]), tf.tensor(b));
    return layerNorm(gelu(attention(projected, HEADS)), tf.ones([WIDTH]), tf.zeros([WIDTH]), 1e-5);
  });
  const values = await result.data();
  result.dispose();
  // Not Math.max: a NaN anywhere must be seen.
  return expected.reduce((worst, e, i) => {
    const error = Math.abs(values[i] - e);
    return error <= worst ? worst : error;
  }, 0);
}
