/**
 * The operations every model here is built from, each with one meaning on every backend.
 *
 * Each is written in plain tfjs ops with a hand-written gradient where autodiff would be wrong or slow;
 * where the active backend has a fused kernel of ours (see `kernels/`), that runs instead. Callers never
 * ask which. All tensors are float32 and of rank <= 4 (tfjs's WebGPU `Pad` of rank 5 silently gives zeros).
 */
import { present, runKernel } from './kernels/gradients';
import * as names from './kernels/names';
import * as tf from './tf';

type Save = (tensors: tf.Tensor[]) => void;
interface WithGradient {
  value: tf.Tensor;
  /** The gradients of the inputs, in their order; what `save` kept comes back as `saved`. */
  gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[];
}

/** tf.customGrad with types that say what it does. */
const withGradient = (inputs: tf.Tensor[], f: (inputs: tf.Tensor[], save: Save) => WithGradient): tf.Tensor =>
  tf.customGrad((...args: unknown[]) => f(args.slice(0, -1) as tf.Tensor[], args.at(-1) as Save) as never)(
    ...inputs,
  );

/** Whether the active backend has one of our kernels. */
const has = (kernel: string): boolean => tf.getKernel(kernel, tf.getBackend()) !== undefined;

/** The same for an op whose gradient is a kernel too, which a backend may not have: then only where none is asked for. */
const hasFor = (kernel: string, gradient: string): boolean =>
  has(kernel) && (has(gradient) || !tf.engine().isTapeOn());

export type Activation = 'none' | 'gelu' | 'gelu-tanh' | 'relu';

/** GELU, exact (erf) form: x Φ(x). Hendrycks & Gimpel 2016, eq. 1; Hugging Face's `gelu`. */
export const gelu = (x: tf.Tensor): tf.Tensor =>
  has(names.ACTIVATION) ? fusedActivation(x, 'gelu') : composedGelu(x);

const fusedActivation = (x: tf.Tensor, activation: Activation): tf.Tensor =>
  runKernel(names.ACTIVATION, { x }, { activation: names.activationCode[activation] });

const composedGelu = (x: tf.Tensor): tf.Tensor =>
  withGradient([x], ([t], save) => {
    const cdf = tf.mul(tf.add(tf.erf(tf.mul(t, Math.SQRT1_2)), 1), 0.5);
    save([t, cdf]);
    return {
      value: tf.mul(t, cdf),
      gradFunc: (dy, [s, c]) => {
        const density = tf.mul(tf.exp(tf.mul(tf.square(s), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return [tf.mul(dy, tf.add(c, tf.mul(s, density)))];
      },
    };
  });

/** GELU, tanh form, written as x·σ(2u): Hugging Face's `gelu_new` and `gelu_pytorch_tanh`. */
export const geluTanh = (x: tf.Tensor): tf.Tensor => {
  if (has(names.ACTIVATION)) return fusedActivation(x, 'gelu-tanh');
  const u2 = tf.mul(
    x,
    tf.add(tf.mul(tf.square(x), 2 * 0.7978845608028654 * 0.044715), 2 * 0.7978845608028654),
  );
  return tf.mul(x, tf.sigmoid(u2));
};

export const activate = (x: tf.Tensor, activation: Activation): tf.Tensor =>
  activation === 'gelu'
    ? gelu(x)
    : activation === 'gelu-tanh'
      ? geluTanh(x)
      : activation === 'relu'
        ? relu(x)
        : x;

/** max(x, 0), with a slope of zero at zero. */
const relu = (x: tf.Tensor): tf.Tensor => (has(names.ACTIVATION) ? fusedActivation(x, 'relu') : tf.relu(x));

/**
 * y = activation(x w + b).
 * @param x [..., in], or [G, R, in] with a batched weight
 * @param w [in, out], or [G, in, out]: one weight a group
 * @param b [out], or [G, out]; null for none
 */
export function linear(
  x: tf.Tensor,
  w: tf.Tensor,
  b: tf.Tensor | null,
  activation: Activation = 'none',
): tf.Tensor {
  if (has(names.LINEAR)) return fusedLinear(x, w, b, activation);
  if (w.rank === 3) {
    const y = tf.matMul(x, w);
    return activate(b ? tf.add(y, tf.expandDims(b, 1)) : y, activation);
  }
  const [inWidth, outWidth] = w.shape;
  const rows = x.size / inWidth;
  const y = tf.matMul(tf.reshape(x, [rows, inWidth]), w as tf.Tensor2D);
  return tf.reshape(activate(b ? tf.add(y, b) : y, activation), [...x.shape.slice(0, -1), outWidth]);
}

function fusedLinear(x: tf.Tensor, w: tf.Tensor, b: tf.Tensor | null, activation: Activation): tf.Tensor {
  const [inWidth, outWidth] = w.shape.slice(-2);
  const rows = w.rank === 3 ? x : tf.reshape(x, [x.size / inWidth, inWidth]);
  // The gradient of the activation needs what went into it, so in training it is a kernel of its own;
  // weights that nothing trains are packed once.
  const training = tf.engine().isTapeOn();
  const y = runKernel<tf.Tensor>(names.LINEAR, present({ x: rows, w, bias: b }), {
    activation: names.activationCode[training ? 'none' : activation],
    constantWeight: !training,
  });
  return tf.reshape(training ? activate(y, activation) : y, [...x.shape.slice(0, -1), outWidth]);
}

/**
 * Layer normalisation over the last axis. Ba et al. 2016, eq. 4 (biased variance, eps inside the root).
 * @param x [..., W], or [G, R, W] with gain and bias [G, W]
 */
export function layerNorm(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor, eps: number): tf.Tensor {
  if (hasFor(names.LAYER_NORM, names.LAYER_NORM_GRAD))
    return runKernel(names.LAYER_NORM, { x, gain, bias }, { eps });
  const grouped = gain.rank === 2;
  const g = grouped ? tf.expandDims(gain, 1) : gain;
  const b = grouped ? tf.expandDims(bias, 1) : bias;
  const last = x.rank - 1;
  return withGradient([x, g, b], ([x, g, b], save) => {
    const centred = tf.sub(x, tf.mean(x, last, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), last, true), eps));
    const normal = tf.mul(centred, inverse);
    save([normal, inverse, g]);
    return {
      value: tf.add(tf.mul(normal, g), b),
      gradFunc: (dy, [n, r, g]) => {
        const reduce = grouped ? [1] : [...Array(last).keys()];
        const dn = tf.mul(dy, g);
        const dx = tf.mul(
          tf.sub(tf.sub(dn, tf.mean(dn, last, true)), tf.mul(n, tf.mean(tf.mul(dn, n), last, true))),
          r,
        );
        return [dx, tf.sum(tf.mul(dy, n), reduce, grouped), tf.sum(dy, reduce, grouped)];
      },
    };
  });
}

export interface AttentionOptions {
  /** Added to the scores before the softmax, [heads, S, S] (BEiT's relative position bias). */
  bias?: tf.Tensor;
  /** 1 where a key may be attended, 0 where it is padding, [B, S]. */
  keyMask?: tf.Tensor;
}

/**
 * Multi-head scaled dot-product self-attention, softmax(q kᵀ / √(W/heads) + bias) v. Vaswani et al. 2017, eq. 1.
 * @param qkv [B, S, 3W]: queries, keys and values side by side, heads contiguous within each
 * @returns [B, S, W], heads side by side
 */
export function attention(qkv: tf.Tensor, heads: number, options: AttentionOptions = {}): tf.Tensor {
  const { bias, keyMask } = options;
  if (hasFor(names.ATTENTION, names.ATTENTION_GRAD)) return fusedAttention(qkv, heads, options);
  const [batch, length, width3] = qkv.shape;
  const width = width3 / 3;
  const headWidth = width / heads;
  const part = (p: number) =>
    tf.transpose(
      tf.reshape(tf.slice(qkv, [0, 0, p * width], [batch, length, width]), [batch, length, heads, headWidth]),
      [0, 2, 1, 3],
    );
  let scores: tf.Tensor = tf.mul(tf.matMul(part(0), part(1), false, true), 1 / Math.sqrt(headWidth));
  if (bias) scores = tf.add(scores, bias);
  if (keyMask) {
    const penalty = tf.mul(tf.sub(keyMask, 1), 1e9);
    scores = tf.add(scores, tf.reshape(penalty, [batch, 1, 1, length]));
  }
  const context = tf.matMul(tf.softmax(scores), part(2));
  return tf.reshape(tf.transpose(context, [0, 2, 1, 3]), [batch, length, width]);
}

function fusedAttention(qkv: tf.Tensor, heads: number, { bias, keyMask }: AttentionOptions): tf.Tensor {
  // tfjs saves inputs for the gradient by name, so each must be there: an empty scalar stands for none.
  const none = tf.scalar(0);
  const out = runKernel<tf.Tensor>(
    names.ATTENTION,
    { qkv, bias: bias ?? none, keyMask: keyMask ?? none },
    { heads, hasBias: Boolean(bias), hasMask: Boolean(keyMask) },
  );
  none.dispose();
  return out;
}

/** Rows of a table, table[V, W] at ids[...] (int32) → [..., W]; its gradient sums rows that were taken twice. */
export function gatherRows(table: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  const [count, width] = table.shape;
  const flat = tf.reshape(ids, [ids.size]);
  const rows = withGradient([table], ([t], save) => {
    save([flat]);
    return {
      value: tf.gather(t, flat as tf.Tensor1D),
      gradFunc: (dy, [flat]) => [
        has('UnsortedSegmentSum')
          ? tf.unsortedSegmentSum(dy, flat as tf.Tensor1D, count)
          : // a cast, as stock wasm's oneHot writes whole numbers into a float32 output
            tf.matMul(
              tf.cast(tf.oneHot(flat as tf.Tensor1D, count), 'float32') as tf.Tensor2D,
              dy as tf.Tensor2D,
              true,
            ),
      ],
    };
  });
  return tf.reshape(rows, [...ids.shape, width]);
}

/**
 * Cross-entropy of each row against a target distribution, −Σ_c t_c log softmax(z)_c.
 * @param logits [..., C]
 * @param targets [..., C], broadcastable to the logits; rows sum to one
 * @returns [...]
 */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  // The kernel repeats the targets along leading axes only.
  const same = targets.shape.slice(targets.shape.findIndex((n) => n > 1));
  const repeats = same.length > 0 && logits.shape.slice(-same.length).join() === same.join();
  if (repeats && has(names.CROSS_ENTROPY)) return runKernel(names.CROSS_ENTROPY, { logits, targets });
  return withGradient([logits], ([z], save) => {
    const logp = tf.logSoftmax(z);
    save([logp, targets]);
    return {
      value: tf.neg(tf.sum(tf.mul(logp, targets), -1)),
      gradFunc: (dy, [logp, targets]) => [tf.mul(tf.sub(tf.exp(logp), targets), tf.expandDims(dy, -1))],
    };
  });
}
