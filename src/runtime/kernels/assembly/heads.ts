// Co-attention heads (fusion/head.ts), one after another: a training step or the logits of one head at a time, in
// blocks of samples small enough that all of it stays in the second-level cache. The same formulas as the ops that the
// heads are defined by, with what they share made once: of two keys only the difference k_a − k_b counts, and the
// softmax over them is a sigmoid of (q · (k_a − k_b)); layer norm's last gain and bias commute with the mean over a mask.
// Where a dependency is in the loss, T climbs first on all samples' projected vectors, whose gradients then get its own.
import { layOutCritic, viewOf, viewSlopesOf } from './critic';
import { penalise, takePenalty } from './penalty';
import { addressOf, decayOf, firstOf, ownOf, realOf, secondOf, sizeOf, sizesBefore, take, takeFrom, taken, wordOf } from './plan';
import { activate, adamStep, RELU } from './pointwise';
import { addOuter, addRows, product, productWithTransposed, takeRoom } from './products';
import { softmaxRow } from './rows';
import { bytes, constants, madd, sigmoid, splat, sumLanes } from './simd';

// Words of the plan, as `kernels/heads.ts` writes them.
const SAMPLES = 0, PAIRS = 1, WIDTH_A = 2, WIDTH_B = 3, WIDTH = 4, ATTENTION_HEADS = 5, HIDDEN = 6, CLASSES = 7, BLOCK = 8;
const STATES_A = 9, STATES_B = 10, LAYERS_A = 11, LAYERS_B = 12, TARGETS = 13, LOSSES = 14, LOGITS = 15;
const BETA1 = 16, BETA2 = 17, RATE = 18, CORRECTION = 19, EPSILON = 20;
// Of A's states, then of B's: floats from one sample to the next, and from one layer to the next.
const STRIDES_A = 21, STRIDES_B = 23;
/** The plan of the heads' statistical networks, 0 where the loss has no dependency. */
const CRITIC = 25;
const PARAMETERS = 26;
// Parameters in the order of `headParameters`.
const PROJECT_A = 0, PROJECT_B = 1, LAYER_A = 2, LAYER_B = 3, MODALITY = 4, QKV = 5, QKV_BIAS = 6, ATTEND = 7, ATTEND_BIAS = 8;
const GAIN1 = 9, BIAS1 = 10, WIDEN = 11, WIDEN_BIAS = 12, NARROW = 13, NARROW_BIAS = 14, GAIN2 = 15, BIAS2 = 16;
const CLASSIFY = 17, CLASSIFY_BIAS = 18, COUNT = 19;
const EPS: f32 = 1e-5;

// Sizes of the head at hand, and where its workspace lies (rows are tokens: those of A, then those of B).
let plan: usize = 0, parameters: usize = 0, k = 0, w = 0, heads = 0, hidden = 0, classes = 0;
let gradients: usize = 0, keyValueBias: usize = 0, sums: usize = 0, stateA: usize = 0, stateB: usize = 0, blockA: usize = 0, blockB: usize = 0;
let tokens: usize = 0, qkv: usize = 0, shares: usize = 0, slopes: usize = 0, context: usize = 0, normal1: usize = 0, inverse1: usize = 0;
let middle: usize = 0, inner: usize = 0, dInner: usize = 0, normal2: usize = 0, inverse2: usize = 0;
let mean: usize = 0, fused: usize = 0, dFused: usize = 0, logits: usize = 0, dLogits: usize = 0;

// @ts-ignore: decorator
@inline
function word(i: i32): i32 {
  return wordOf(plan, i);
}
// @ts-ignore: decorator
@inline
function real(i: i32): f32 {
  return realOf(plan, i);
}
/** Address of a head's parameter. */
// @ts-ignore: decorator
@inline
function own(parameter: i32, head: i32): usize {
  return ownOf(parameters, parameter, head);
}
/** Address of the head's gradient of a parameter. */
function gradientOf(parameter: i32): usize {
  return gradients + bytes(sizesBefore(parameters, parameter));
}

/** Reads the plan and lays out the workspace; returns its end. */
function layOut(address: usize, workspace: usize): usize {
  plan = address; parameters = plan + bytes(PARAMETERS);
  k = word(PAIRS); w = word(WIDTH); heads = word(ATTENTION_HEADS); hidden = word(HIDDEN); classes = word(CLASSES);
  const block = word(BLOCK), pairs = block * k, rows = 2 * pairs;
  takeFrom(workspace);
  takeRoom();
  gradients = take(sizesBefore(parameters, COUNT)); keyValueBias = take(6 * w); sums = take(6 * w);
  stateA = take(pairs * word(WIDTH_A)); stateB = take(pairs * word(WIDTH_B));
  tokens = take(rows * w); qkv = take(3 * rows * w); shares = take(rows * heads + 4); slopes = take(rows * heads + 4); context = take(rows * w);
  normal1 = take(rows * w); inverse1 = take(rows); middle = take(rows * w);
  inner = take(rows * hidden); dInner = take(rows * hidden); normal2 = take(rows * w); inverse2 = take(rows);
  mean = take(block * w); fused = take(block * w); dFused = take(block * w); logits = take(block * classes); dLogits = take(block * classes);
  if (word(CRITIC)) {
    layOutCritic(addressOf(plan, CRITIC));
    takePenalty(w);
  }
  return taken();
}

/** Bytes of scratch for `headSteps` and `headLogits` with this plan. */
export function headScratch(address: usize): i32 {
  return <i32>layOut(address, 0) + 64;
}

// @ts-ignore: decorator
@inline
function copy(from: usize, to: usize, size: usize): void {
  let i: usize = 0;
  for (; i + 16 <= size; i += 16) v128.store(to + i, v128.load(from + i));
  for (; i < size; i += 4) store<u32>(to + i, load<u32>(from + i));
}

/** A side's states of the block's samples, [k·n, width]: where they lie, or copied to `into`. */
function statesOf(states: usize, strides: i32, layers: usize, width: i32, head: i32, from: i32, n: i32, into: usize): usize {
  const sample = word(strides), size = bytes(width);
  let to = into;
  for (let p = 0; p < k; p++) {
    const layer = load<i32>(layers + bytes(head * k + p));
    let at = states + bytes(sample) * <usize>from + bytes(word(strides + 1)) * <usize>layer;
    if (k == 1 && sample == width) return at;
    for (let s = 0; s < n; s++) { copy(at, to, size); at += bytes(sample); to += size; }
  }
  return into;
}

/** tokens of one side: states · weight + the layer's bias. */
function project(states: usize, width: i32, weight: usize, bias: usize, n: i32, out: usize): void {
  for (let p = 0; p < k; p++)
    product(states + bytes(p * n) * <usize>width, weight, bias + bytes(p * w), out + bytes(p * n) * <usize>w, n, width, w);
}

/** Biases of queries, keys and values for A's tokens and for B's: (x + e) W = x W + e W, keys and values only. */
function biasesWithModality(head: i32): void {
  const weight = own(QKV, head), plain = own(QKV_BIAS, head), embedding = own(MODALITY, head);
  for (let side = 0; side < 2; side++) {
    const out = keyValueBias + bytes(side * 3 * w);
    memory.copy(out, plain, bytes(3 * w));
    for (let c = 0; c < w; c++) {
      const e = v128.load_splat<f32>(embedding + bytes(side * w + c)), row = weight + bytes(c * 3 * w);
      for (let j = bytes(w); j < bytes(3 * w); j += 16) v128.store(out + j, madd(e, v128.load(row + j), v128.load(out + j)));
    }
  }
}

/** The gradient that came to the biases (`sums`, A's and B's) goes on to embedding and weight. */
function addModalityGradient(head: i32): void {
  const weight = own(QKV, head), embedding = own(MODALITY, head);
  const dWeight = gradientOf(QKV), dBias = gradientOf(QKV_BIAS), dEmbedding = gradientOf(MODALITY);
  for (let side = 0; side < 2; side++) {
    const up = sums + bytes(side * 3 * w);
    for (let j: usize = 0; j < bytes(3 * w); j += 16) v128.store(dBias + j, f32x4.add(v128.load(dBias + j), v128.load(up + j)));
    for (let c = 0; c < w; c++) {
      const e = v128.load_splat<f32>(embedding + bytes(side * w + c)), row = bytes(c * 3 * w);
      let acc = splat(0);
      for (let j = bytes(w); j < bytes(3 * w); j += 16) {
        const u = v128.load(up + j), g = dWeight + row + j;
        acc = madd(u, v128.load(weight + row + j), acc);
        v128.store(g, madd(e, u, v128.load(g)));
      }
      store<f32>(dEmbedding + bytes(side * w + c), sumLanes(acc));
    }
  }
}

/** The sums of the lanes of a and of b, as two floats. */
// @ts-ignore: decorator
@inline
function storeSums(a: v128, b: v128, out: usize): void {
  const ab = f32x4.add(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(a, b, 2, 6, 3, 7));
  v128.store64_lane(out, f32x4.add(ab, i32x4.shuffle(ab, ab, 2, 3, 2, 3)), 0);
}

/** context, and in `shares` [pair, head, 2] how much of each query goes to A's token. */
function attend(pairs: i32): void {
  const row = bytes(3 * w), part = bytes(w / heads), other = <usize>pairs * row, t = constants();
  const scale = splat(<f32>1 / sqrt<f32>(<f32>(w / heads)));
  let out = shares;
  for (let r = 0; r < pairs; r++) {
    let q = qkv + <usize>r * row;
    for (let h = 0; h < heads; h++) {
      let a = splat(0), b = splat(0);
      for (let i: usize = 0; i < part; i += 16) {
        const key = q + i + bytes(w), d = f32x4.sub(v128.load(key), v128.load(key + other));
        a = madd(v128.load(q + i), d, a);
        b = madd(v128.load(q + other + i), d, b);
      }
      storeSums(a, b, out);
      q += part; out += 8;
    }
  }
  for (let p = shares; p < out; p += 16) v128.store(p, sigmoid(f32x4.mul(v128.load(p), scale), t));
  let share = shares;
  for (let r = 0; r < pairs; r++) {
    let v = qkv + <usize>r * row + bytes(2 * w), o = context + bytes(r * w), u = o + bytes(pairs * w);
    for (let h = 0; h < heads; h++) {
      const a = v128.load_splat<f32>(share), b = v128.load_splat<f32>(share, 4);
      for (let i: usize = 0; i < part; i += 16) {
        const y = v128.load(v + other + i), d = f32x4.sub(v128.load(v + i), y);
        v128.store(o + i, madd(a, d, y));
        v128.store(u + i, madd(b, d, y));
      }
      v += part; o += part; u += part; share += 8;
    }
  }
}

/** Its gradient: from that of `context` to that of `qkv`, in its place. */
function attendGradient(pairs: i32): void {
  const row = bytes(3 * w), part = bytes(w / heads), other = <usize>pairs * row, otherUp = bytes(pairs * w);
  const scale = splat(<f32>1 / sqrt<f32>(<f32>(w / heads)));
  let out = slopes;
  for (let r = 0; r < pairs; r++) {
    let v = qkv + <usize>r * row + bytes(2 * w), up = context + bytes(r * w);
    for (let h = 0; h < heads; h++) {
      let a = splat(0), b = splat(0);
      for (let i: usize = 0; i < part; i += 16) {
        const d = f32x4.sub(v128.load(v + i), v128.load(v + other + i));
        a = madd(v128.load(up + i), d, a);
        b = madd(v128.load(up + otherUp + i), d, b);
      }
      storeSums(a, b, out);
      v += part; up += part; out += 8;
    }
  }
  for (let p: usize = 0; p < out - slopes; p += 16) {
    const share = v128.load(shares + p), slope = f32x4.mul(share, f32x4.sub(splat(1), share));
    v128.store(slopes + p, f32x4.mul(f32x4.mul(slope, scale), v128.load(slopes + p)));
  }
  let at: usize = 0;
  for (let r = 0; r < pairs; r++) {
    let q = qkv + <usize>r * row, up = context + bytes(r * w);
    for (let h = 0; h < heads; h++) {
      const a = v128.load_splat<f32>(shares + at), b = v128.load_splat<f32>(shares + at, 4);
      const da = v128.load_splat<f32>(slopes + at), db = v128.load_splat<f32>(slopes + at, 4);
      for (let i: usize = 0; i < part; i += 16) {
        const qa = q + i, qb = qa + other, ka = qa + bytes(w), kb = qb + bytes(w), va = ka + bytes(w), vb = kb + bytes(w);
        const x = v128.load(qa), y = v128.load(qb), d = f32x4.sub(v128.load(ka), v128.load(kb));
        v128.store(qa, f32x4.mul(da, d));
        v128.store(qb, f32x4.mul(db, d));
        const dk = madd(da, x, f32x4.mul(db, y));
        v128.store(ka, dk);
        v128.store(kb, f32x4.neg(dk));
        const ua = v128.load(up + i), ub = v128.load(up + otherUp + i), dv = madd(a, ua, f32x4.mul(b, ub));
        v128.store(va, dv);
        v128.store(vb, f32x4.sub(f32x4.add(ua, ub), dv));
      }
      q += part; up += part; at += 8;
    }
  }
}

/** n = (x + n − mean) / deviation in place of n; with a gain also out = n · gain + bias. */
function addAndNorm(x: usize, n: usize, inverse: usize, rows: i32, gain: usize, bias: usize, out: usize): void {
  const row = bytes(w), over: f32 = <f32>1 / <f32>w;
  for (let r = 0; r < rows; r++) {
    let acc = splat(0);
    for (let i: usize = 0; i < row; i += 16) {
      const v = f32x4.add(v128.load(x + i), v128.load(n + i));
      v128.store(n + i, v);
      acc = f32x4.add(acc, v);
    }
    const m = splat(sumLanes(acc) * over);
    let square = splat(0);
    for (let i: usize = 0; i < row; i += 16) {
      const d = f32x4.sub(v128.load(n + i), m);
      square = madd(d, d, square);
    }
    const scale = <f32>1 / sqrt<f32>(sumLanes(square) * over + EPS), s = splat(scale);
    store<f32>(inverse + bytes(r), scale);
    for (let i: usize = 0; i < row; i += 16) {
      const v = f32x4.mul(f32x4.sub(v128.load(n + i), m), s);
      v128.store(n + i, v);
      if (gain) v128.store(out + i, madd(v, v128.load(gain + i), v128.load(bias + i)));
    }
    x += row; n += row; out += row;
  }
}

/** fused [n, w] from normal2: the mean over tokens and pairs first, then gain and bias. */
function meanOfTokens(n: i32, gain: usize, bias: usize): void {
  const row = bytes(w), over = splat(<f32>0.5 / <f32>k);
  for (let s = 0; s < n; s++)
    for (let i: usize = 0; i < row; i += 16) {
      let acc = splat(0), p = normal2 + bytes(s * w) + i;
      for (let t = 0; t < 2 * k; t++) { acc = f32x4.add(acc, v128.load(p)); p += bytes(n) * <usize>w; }
      acc = f32x4.mul(acc, over);
      v128.store(mean + bytes(s * w) + i, acc);
      v128.store(fused + bytes(s * w) + i, madd(acc, v128.load(gain + i), v128.load(bias + i)));
    }
}

/** tokens of the samples from..from+n. */
function projectBlock(head: i32, from: i32, n: i32): void {
  const half = bytes(n * k * w);
  blockA = statesOf(<usize><u32>word(STATES_A), STRIDES_A, <usize><u32>word(LAYERS_A), word(WIDTH_A), head, from, n, stateA);
  blockB = statesOf(<usize><u32>word(STATES_B), STRIDES_B, <usize><u32>word(LAYERS_B), word(WIDTH_B), head, from, n, stateB);
  project(blockA, word(WIDTH_A), own(PROJECT_A, head), own(LAYER_A, head), n, tokens);
  project(blockB, word(WIDTH_B), own(PROJECT_B, head), own(LAYER_B, head), n, tokens + half);
}

/** The tokens of n samples through a head; the logits go to `out`. */
function forward(head: i32, n: i32, out: usize): void {
  const pairs = n * k, rows = 2 * pairs, half = bytes(pairs * w);
  product(tokens, own(QKV, head), keyValueBias, qkv, pairs, w, 3 * w);
  product(tokens + half, own(QKV, head), keyValueBias + bytes(3 * w), qkv + 3 * half, pairs, w, 3 * w);
  attend(pairs);
  product(context, own(ATTEND, head), own(ATTEND_BIAS, head), normal1, rows, w, w);
  addAndNorm(tokens, normal1, inverse1, rows, own(GAIN1, head), own(BIAS1, head), middle);
  product(middle, own(WIDEN, head), own(WIDEN_BIAS, head), inner, rows, w, hidden);
  activate(inner, inner, RELU, 0, rows * hidden);
  product(inner, own(NARROW, head), own(NARROW_BIAS, head), normal2, rows, hidden, w);
  addAndNorm(middle, normal2, inverse2, rows, 0, 0, 0);
  meanOfTokens(n, own(GAIN2, head), own(BIAS2, head));
  product(fused, own(CLASSIFY, head), own(CLASSIFY_BIAS, head), out, n, w, classes);
}

/** dLogits of the mean cross-entropy over all samples; returns the block's share of the sum, not yet a mean. */
function lossOf(from: i32, n: i32): f32 {
  const size = bytes(classes), over: f32 = <f32>1 / <f32>word(SAMPLES);
  let sum: f32 = 0;
  for (let s = 0; s < n; s++) {
    const z = logits + <usize>s * size, d = dLogits + <usize>s * size, t = <usize><u32>word(TARGETS) + <usize>(from + s) * size;
    const logSum = softmaxRow(z, d, classes);
    let mass: f32 = 0;
    for (let i: usize = 0; i < size; i += 4) { mass += load<f32>(t + i); sum += load<f32>(t + i) * (logSum - load<f32>(z + i)); }
    for (let i: usize = 0; i < size; i += 4) store<f32>(d + i, over * (load<f32>(d + i) * mass - load<f32>(t + i)));
  }
  return sum;
}

/**
 * normal2 becomes the gradient of what went into the second norm. The tokens of a sample all get dFused / 2k, so its
 * gain and bias need the means only.
 */
function lastNormGradient(n: i32, gain: usize, dGain: usize, dBias: usize): void {
  const row = bytes(w), over: f32 = <f32>1 / <f32>w, each = splat(<f32>0.5 / <f32>k);
  for (let s = 0; s < n; s++) {
    const up = dFused + bytes(s * w), m = mean + bytes(s * w);
    let sum = splat(0);
    for (let i: usize = 0; i < row; i += 16) {
      const u = v128.load(up + i);
      v128.store(dGain + i, madd(u, v128.load(m + i), v128.load(dGain + i)));
      v128.store(dBias + i, f32x4.add(u, v128.load(dBias + i)));
      const h = f32x4.mul(f32x4.mul(u, each), v128.load(gain + i));
      v128.store(up + i, h);
      sum = f32x4.add(sum, h);
    }
    const meanH = splat(sumLanes(sum) * over);
    for (let t = 0; t < 2 * k; t++) {
      const r = t * n + s, x = normal2 + bytes(r * w);
      let dot = splat(0);
      for (let i: usize = 0; i < row; i += 16) dot = madd(v128.load(up + i), v128.load(x + i), dot);
      const meanHN = splat(sumLanes(dot) * over), scale = v128.load_splat<f32>(inverse2 + bytes(r));
      for (let i: usize = 0; i < row; i += 16)
        v128.store(x + i, f32x4.mul(scale, f32x4.sub(f32x4.sub(v128.load(up + i), meanH), f32x4.mul(v128.load(x + i), meanHN))));
    }
  }
}

/** Gradient of layer norm from `up` in its place, with n the normalised rows. */
function normGradient(up: usize, n: usize, inverse: usize, rows: i32, gain: usize, dGain: usize, dBias: usize): void {
  const row = bytes(w), over: f32 = <f32>1 / <f32>w;
  for (let r = 0; r < rows; r++) {
    let sum = splat(0), dot = splat(0);
    for (let i: usize = 0; i < row; i += 16) {
      const u = v128.load(up + i), v = v128.load(n + i), h = f32x4.mul(u, v128.load(gain + i));
      v128.store(dGain + i, madd(u, v, v128.load(dGain + i)));
      v128.store(dBias + i, f32x4.add(u, v128.load(dBias + i)));
      sum = f32x4.add(sum, h);
      dot = madd(h, v, dot);
    }
    const meanH = splat(sumLanes(sum) * over), meanHN = splat(sumLanes(dot) * over), s = v128.load_splat<f32>(inverse + bytes(r));
    for (let i: usize = 0; i < row; i += 16) {
      const h = f32x4.mul(v128.load(up + i), v128.load(gain + i));
      v128.store(up + i, f32x4.mul(s, f32x4.sub(f32x4.sub(h, meanH), f32x4.mul(v128.load(n + i), meanHN))));
    }
    up += row; n += row;
  }
}

/** dInner is zero where the ReLU was. */
function reluGradient(count: i32): void {
  for (let i: usize = 0; i < bytes(count); i += 16)
    v128.store(dInner + i, v128.and(v128.load(dInner + i), f32x4.gt(v128.load(inner + i), splat(0))));
}

/** What T reads of the samples from..from+n: of each side the mean of its tokens over a mask. */
function giveTokens(from: i32, n: i32): void {
  const over = splat(<f32>1 / <f32>k), size = bytes(n * w);
  for (let side = 0; side < 2; side++) {
    const out = viewOf(side) + bytes(from * w), own = tokens + <usize>(side * k) * size;
    for (let i: usize = 0; i < size; i += 16) {
      let acc = v128.load(own + i);
      for (let p = 1; p < k; p++) acc = f32x4.add(acc, v128.load(own + <usize>p * size + i));
      v128.store(out + i, f32x4.mul(over, acc));
    }
  }
}

/** d, the tokens' gradient, += the penalty's. */
function addPenaltyGradient(d: usize, from: i32, n: i32): void {
  const over = splat(<f32>1 / <f32>k), size = bytes(n * w);
  for (let side = 0; side < 2; side++) {
    const up = viewSlopesOf(side) + bytes(from * w), own = d + <usize>(side * k) * size;
    for (let i: usize = 0; i < size; i += 16) {
      const u = f32x4.mul(over, v128.load(up + i));
      for (let p = 0; p < k; p++) v128.store(own + <usize>p * size + i, f32x4.add(u, v128.load(own + <usize>p * size + i)));
    }
  }
}

/** Adds the gradients of the block that `forward` and `lossOf` have just been through. */
function backward(head: i32, from: i32, n: i32): void {
  const pairs = n * k, rows = 2 * pairs, half = bytes(pairs * w);
  for (let s = 0; s < n; s++)
    for (let c: usize = 0; c < bytes(classes); c += 4) {
      const to = gradientOf(CLASSIFY_BIAS) + c;
      store<f32>(to, load<f32>(to) + load<f32>(dLogits + bytes(s * classes) + c));
    }
  addOuter(fused, dLogits, gradientOf(CLASSIFY), n, w, classes);
  productWithTransposed(dLogits, own(CLASSIFY, head), dFused, n, classes, w, 0);
  lastNormGradient(n, own(GAIN2, head), gradientOf(GAIN2), gradientOf(BIAS2));
  // normal2 holds the gradient of the block's output from here on, then of its parts on the way down.
  const d = normal2;
  addOuter(inner, d, gradientOf(NARROW), rows, hidden, w);
  addRows(d, rows, w, gradientOf(NARROW_BIAS));
  productWithTransposed(d, own(NARROW, head), dInner, rows, w, hidden, 0);
  reluGradient(rows * hidden);
  addOuter(middle, dInner, gradientOf(WIDEN), rows, w, hidden);
  addRows(dInner, rows, hidden, gradientOf(WIDEN_BIAS));
  productWithTransposed(dInner, own(WIDEN, head), d, rows, hidden, w, 1);
  normGradient(d, normal1, inverse1, rows, own(GAIN1, head), gradientOf(GAIN1), gradientOf(BIAS1));
  addOuter(context, d, gradientOf(ATTEND), rows, w, w);
  addRows(d, rows, w, gradientOf(ATTEND_BIAS));
  productWithTransposed(d, own(ATTEND, head), context, rows, w, w, 0);
  attendGradient(pairs);
  addOuter(tokens, qkv, gradientOf(QKV), rows, w, 3 * w);
  addRows(qkv, pairs, 3 * w, sums);
  addRows(qkv + 3 * half, pairs, 3 * w, sums + bytes(3 * w));
  productWithTransposed(qkv, own(QKV, head), d, rows, 3 * w, w, 1);
  if (word(CRITIC)) addPenaltyGradient(d, from, n);
  for (let p = 0; p < k; p++) {
    addRows(d + bytes(p * n * w), n, w, gradientOf(LAYER_A) + bytes(p * w));
    addRows(d + half + bytes(p * n * w), n, w, gradientOf(LAYER_B) + bytes(p * w));
  }
  addOuter(blockA, d, gradientOf(PROJECT_A), pairs, word(WIDTH_A), w);
  addOuter(blockB, d + half, gradientOf(PROJECT_B), pairs, word(WIDTH_B), w);
}

/** One AdamW step of the heads g0..g1, and the loss of each before it. @param address of the plan */
export function headSteps(address: usize, g0: i32, g1: i32, scratch: usize): void {
  layOut(address, scratch);
  const samples = word(SAMPLES), block = word(BLOCK), critic = word(CRITIC) != 0;
  for (let head = g0; head < g1; head++) {
    if (critic) {
      for (let from = 0; from < samples; from += block) {
        const n = min(block, samples - from);
        projectBlock(head, from, n);
        giveTokens(from, n);
      }
      penalise(head, samples, w);
    }
    memory.fill(gradients, 0, bytes(sizesBefore(parameters, COUNT)));
    memory.fill(sums, 0, bytes(6 * w));
    biasesWithModality(head);
    let loss: f32 = 0;
    for (let from = 0; from < samples; from += block) {
      const n = min(block, samples - from);
      // all samples in one block lie projected already
      if (!critic || block < samples) projectBlock(head, from, n);
      forward(head, n, logits);
      loss += lossOf(from, n);
      backward(head, from, n);
    }
    addModalityGradient(head);
    store<f32>(<usize><u32>word(LOSSES) + bytes(head), loss / <f32>samples);
    for (let i = 0; i < COUNT; i++)
      adamStep(own(i, head), firstOf(parameters, i, head), secondOf(parameters, i, head), gradientOf(i), real(BETA1), real(BETA2), real(RATE), real(CORRECTION), real(EPSILON), decayOf(parameters, i), 1, 0, sizeOf(parameters, i));
  }
}

/** Logits [heads, samples, classes] of the heads g0..g1. @param address of the plan */
export function headLogits(address: usize, g0: i32, g1: i32, scratch: usize): void {
  layOut(address, scratch);
  const samples = word(SAMPLES), block = word(BLOCK);
  for (let head = g0; head < g1; head++) {
    biasesWithModality(head);
    for (let from = 0; from < samples; from += block) {
      const n = min(block, samples - from);
      projectBlock(head, from, n);
      forward(head, n, <usize><u32>word(LOGITS) + bytes(head * samples + from) * <usize>classes);
    }
  }
}
