// Self-attention on packed [B, S, 3W] queries, keys and values; one task is one head of one sample.
// Only one head's S x S scores exist at a time, in scratch; the gradient makes them again.
import { gemm, gemmScratch } from './gemm';
import { bytes, constants, expNonPositive, loadPart, madd, maxLanes, splat, storePart, sumLanes } from './simd';

// @ts-ignore: decorator
@inline
function wide(n: i32): i32 {
  return (n + 3) & ~3;
}

/** Bytes of scratch for one task of `attention` or `attentionGrad`. */
export function attentionScratch(S: i32): i32 {
  return 4 * (2 * S * wide(S) + wide(S)) + gemmScratch();
}

/** Up to this many tokens, plain loops over vectors beat blocked products. */
const FEW = 8;

/** out[i, j] = x_i · y_j for S x S vectors of `size` floats; strides in bytes. */
function dots(x: usize, strideX: usize, y: usize, strideY: usize, out: usize, strideOut: usize, S: i32, size: i32): void {
  const whole = bytes(size & ~3), rest = size & 3;
  for (let i = 0; i < S; i++) {
    let row = y;
    for (let j = 0; j < S; j++) {
      let acc = splat(0);
      for (let c: usize = 0; c < whole; c += 16) acc = madd(v128.load(x + c), v128.load(row + c), acc);
      if (rest) acc = madd(loadPart(x + whole, rest, 0), loadPart(row + whole, rest, 0), acc);
      store<f32>(out + bytes(j), sumLanes(acc));
      row += strideY;
    }
    x += strideX; out += strideOut;
  }
}

/** out_i = Σ_j w[i, j] y_j: the weights' steps say whether they are taken as they lie or transposed; bytes. */
function mix(w: usize, stepI: usize, stepJ: usize, y: usize, strideY: usize, out: usize, strideOut: usize, S: i32, size: i32): void {
  const whole = bytes(size & ~3), rest = size & 3;
  for (let i = 0; i < S; i++) {
    for (let c: usize = 0; c < whole; c += 16) {
      let acc = splat(0), weight = w, row = y + c;
      for (let j = 0; j < S; j++) { acc = madd(v128.load_splat<f32>(weight), v128.load(row), acc); weight += stepJ; row += strideY; }
      v128.store(out + c, acc);
    }
    if (rest) {
      let acc = splat(0), weight = w, row = y + whole;
      for (let j = 0; j < S; j++) { acc = madd(v128.load_splat<f32>(weight), loadPart(row, rest, 0), acc); weight += stepJ; row += strideY; }
      storePart(out + whole, acc, rest);
    }
    w += stepI; out += strideOut;
  }
}

/** S x S scores of one head: x_i · y_j, rows of x and y `ld` floats apart, into rows of wide(S). */
function scores(x: usize, ldx: i32, y: usize, ldy: i32, out: usize, S: i32, headWidth: i32, scratch: usize): void {
  if (S <= FEW) dots(x, bytes(ldx), y, bytes(ldy), out, bytes(wide(S)), S, headWidth);
  else gemm(x, ldx, 0, y, ldy, 1, 0, 0, out, wide(S), headWidth, S, 0, S, 0, S, scratch);
}

/** out = op(w) · y for one head's S x S weights, transposed where told. */
function weighted(w: usize, transposed: i32, y: usize, ldy: i32, out: usize, ldo: i32, S: i32, headWidth: i32, scratch: usize): void {
  const row = bytes(wide(S));
  if (S <= FEW) mix(w, transposed ? 4 : row, transposed ? row : 4, y, bytes(ldy), out, bytes(ldo), S, headWidth);
  else gemm(w, wide(S), transposed, y, ldy, 0, 0, 0, out, ldo, S, headWidth, 0, S, 0, headWidth, scratch);
}

/** What is added to a sample's scores for each key: −1e9 where it is masked, and below all else beyond S. */
function penalties(mask: usize, S: i32, out: usize): void {
  for (let j = 0; j < wide(S); j++) {
    const value: f32 = j >= S ? -3e38 : mask ? (load<f32>(mask + bytes(j)) - 1) * 1e9 : 0;
    store<f32>(out + bytes(j), value);
  }
}

/** The columns beyond S take part in whole vectors: they must be numbers. */
function clearBeyond(p: usize, S: i32): void {
  const S4 = wide(S);
  for (let r = 0; r < S; r++)
    for (let j = S; j < S4; j++) store<f32>(p + bytes(r * S4 + j), 0);
}

/** Rows of scores [S, wide(S)] → softmax(scale · score + bias + penalty), in place. */
function softmaxScores(p: usize, S: i32, scale: f32, bias: usize, penalty: usize): void {
  const size = bytes(wide(S)), s = splat(scale), t = constants();
  clearBeyond(p, S);
  for (let r = 0; r < S; r++) {
    const row = p + <usize>r * size;
    if (bias) {
      const b = bias + bytes(r) * <usize>S;
      for (let j: usize = 0; j < bytes(S); j += 4) store<f32>(row + j, load<f32>(row + j) + load<f32>(b + j) / scale);
    }
    let top = splat(-f32.MAX_VALUE);
    for (let i: usize = 0; i < size; i += 16) {
      const v = madd(v128.load(row + i), s, v128.load(penalty + i));
      top = f32x4.pmax(top, v); // one instruction; a NaN passed over here comes back in the exponential
      v128.store(row + i, v);
    }
    const peak = splat(maxLanes(top));
    let total = splat(0);
    for (let i: usize = 0; i < size; i += 16) {
      const e = expNonPositive(f32x4.sub(v128.load(row + i), peak), t);
      total = f32x4.add(total, e);
      v128.store(row + i, e);
    }
    const inverse = splat(<f32>1 / sumLanes(total));
    for (let i: usize = 0; i < size; i += 16) v128.store(row + i, f32x4.mul(v128.load(row + i), inverse));
  }
}

/** Softmax of the rows (0, 1) and (2, 3) of a vector. */
// @ts-ignore: decorator
@inline
function softmaxOfPairs(v: v128, t: usize): v128 {
  const e = expNonPositive(f32x4.sub(v, f32x4.pmax(v, i32x4.shuffle(v, v, 1, 0, 3, 2))), t);
  return f32x4.div(e, f32x4.add(e, i32x4.shuffle(e, e, 1, 0, 3, 2)));
}

/** (x0·y0, x0·y1, x1·y0, x1·y1) of vectors of `size` bytes, a multiple of 16. */
// @ts-ignore: decorator
@inline
function dotsOfTwo(x0: usize, x1: usize, y0: usize, y1: usize, size: usize): v128 {
  let a = splat(0), b = splat(0), c = splat(0), d = splat(0);
  for (let i: usize = 0; i < size; i += 16) {
    const x = v128.load(x0 + i), z = v128.load(x1 + i), y = v128.load(y0 + i), w = v128.load(y1 + i);
    a = madd(x, y, a); b = madd(x, w, b); c = madd(z, y, c); d = madd(z, w, d);
  }
  // Four horizontal sums at once, as a transpose.
  const ab = f32x4.add(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(i32x4.shuffle(c, d, 0, 4, 1, 5), i32x4.shuffle(c, d, 2, 6, 3, 7));
  return f32x4.add(i64x2.shuffle(ab, cd, 0, 2), i64x2.shuffle(ab, cd, 1, 3));
}

/** out0 = w₀ y0 + w₁ y1 and out1 = w₂ y0 + w₃ y1. */
// @ts-ignore: decorator
@inline
function mixOfTwo(w: v128, y0: usize, y1: usize, out0: usize, out1: usize, size: usize): void {
  const a = i32x4.shuffle(w, w, 0, 0, 0, 0), b = i32x4.shuffle(w, w, 1, 1, 1, 1);
  const c = i32x4.shuffle(w, w, 2, 2, 2, 2), d = i32x4.shuffle(w, w, 3, 3, 3, 3);
  for (let i: usize = 0; i < size; i += 16) {
    const y = v128.load(y0 + i), z = v128.load(y1 + i);
    v128.store(out0 + i, madd(b, z, f32x4.mul(a, y)));
    v128.store(out1 + i, madd(d, z, f32x4.mul(c, y)));
  }
}

/** Attention of two tokens without bias or mask, all in registers: what a co-attention head does for each pair. */
function attentionOfTwo(qkv: usize, out: usize, W: i32, heads: i32, t0: i32, t1: i32): void {
  const headWidth = W / heads, size = bytes(headWidth), row = bytes(3 * W), t = constants();
  const scale = splat(<f32>1 / sqrt<f32>(<f32>headWidth));
  for (let task = t0; task < t1; task++) {
    const offset = bytes(task % heads * headWidth);
    const q = qkv + <usize>(task / heads) * 2 * row + offset, k = q + bytes(W), v = k + bytes(W);
    const p = softmaxOfPairs(f32x4.mul(dotsOfTwo(q, q + row, k, k + row, size), scale), t);
    const o = out + <usize>(task / heads) * 2 * bytes(W) + offset;
    mixOfTwo(p, v, v + row, o, o + bytes(W), size);
  }
}

/** Its gradient. */
function attentionOfTwoGrad(qkv: usize, dOut: usize, dQkv: usize, W: i32, heads: i32, t0: i32, t1: i32): void {
  const headWidth = W / heads, size = bytes(headWidth), row = bytes(3 * W), t = constants();
  const scale = splat(<f32>1 / sqrt<f32>(<f32>headWidth));
  for (let task = t0; task < t1; task++) {
    const head = bytes(task % heads * headWidth), offset = <usize>(task / heads) * 2 * row + head;
    const q = qkv + offset, k = q + bytes(W), v = k + bytes(W);
    const dq = dQkv + offset, dk = dq + bytes(W), dv = dk + bytes(W);
    const up = dOut + <usize>(task / heads) * 2 * bytes(W) + head;
    const p = softmaxOfPairs(f32x4.mul(dotsOfTwo(q, q + row, k, k + row, size), scale), t);
    const dp = dotsOfTwo(up, up + bytes(W), v, v + row, size);
    const each = f32x4.mul(p, dp), total = f32x4.add(each, i32x4.shuffle(each, each, 1, 0, 3, 2));
    const ds = f32x4.mul(f32x4.mul(p, f32x4.sub(dp, total)), scale);
    mixOfTwo(i32x4.shuffle(p, p, 0, 2, 1, 3), up, up + bytes(W), dv, dv + row, size);
    mixOfTwo(ds, k, k + row, dq, dq + row, size);
    mixOfTwo(i32x4.shuffle(ds, ds, 0, 2, 1, 3), q, q + row, dk, dk + row, size);
  }
}

/** out [B, S, W] for the tasks t0..t1 (task = sample · heads + head). `bias` [heads, S, S] and `mask` [B, S] may be 0. */
export function attention(qkv: usize, bias: usize, mask: usize, out: usize, S: i32, W: i32, heads: i32, t0: i32, t1: i32, scratch: usize): void {
  const headWidth = W / heads, S4 = wide(S), row = 3 * W;
  if (S == 2 && !bias && !mask && (headWidth & 3) == 0) return attentionOfTwo(qkv, out, W, heads, t0, t1);
  const scale = <f32>1 / sqrt<f32>(<f32>headWidth);
  const p = scratch, penalty = p + bytes(S * S4), rest = penalty + bytes(S4);
  for (let t = t0; t < t1; t++) {
    const sample = t / heads, head = t % heads;
    const q = qkv + bytes(sample * S) * <usize>row + bytes(head * headWidth);
    const k = q + bytes(W), v = k + bytes(W);
    scores(q, row, k, row, p, S, headWidth, rest);
    if (t == t0 || head == 0) penalties(mask ? mask + bytes(sample * S) : 0, S, penalty);
    softmaxScores(p, S, scale, bias ? bias + bytes(head * S) * <usize>S : 0, penalty);
    weighted(p, 0, v, row, out + bytes(sample * S) * <usize>W + bytes(head * headWidth), W, S, headWidth, rest);
  }
}

/**
 * dqkv [B, S, 3W] for the tasks t0..t1, and dBias [heads, S, S] added up over them (cleared by the caller; 0 for none).
 * With P the probabilities: dV = Pᵀ dO, dP = dO Vᵀ, dS = P (dP − Σ P dP), dQ = dS K·scale, dK = dSᵀ Q·scale.
 */
export function attentionGrad(qkv: usize, bias: usize, mask: usize, dOut: usize, dQkv: usize, dBias: usize, S: i32, W: i32, heads: i32, t0: i32, t1: i32, scratch: usize): void {
  const headWidth = W / heads, S4 = wide(S), row = 3 * W;
  if (S == 2 && !bias && !mask && (headWidth & 3) == 0) return attentionOfTwoGrad(qkv, dOut, dQkv, W, heads, t0, t1);
  const scale = <f32>1 / sqrt<f32>(<f32>headWidth), s = splat(scale);
  const p = scratch, dS = p + bytes(S * S4), penalty = dS + bytes(S * S4), rest = penalty + bytes(S4);
  for (let t = t0; t < t1; t++) {
    const sample = t / heads, head = t % heads;
    const offset = bytes(sample * S) * <usize>row + bytes(head * headWidth);
    const q = qkv + offset, k = q + bytes(W), v = k + bytes(W);
    const dq = dQkv + offset, dk = dq + bytes(W), dv = dk + bytes(W);
    const up = dOut + bytes(sample * S) * <usize>W + bytes(head * headWidth);
    scores(q, row, k, row, p, S, headWidth, rest);
    if (t == t0 || head == 0) penalties(mask ? mask + bytes(sample * S) : 0, S, penalty);
    softmaxScores(p, S, scale, bias ? bias + bytes(head * S) * <usize>S : 0, penalty);

    weighted(p, 1, up, W, dv, row, S, headWidth, rest);
    scores(up, W, v, row, dS, S, headWidth, rest);
    clearBeyond(dS, S);
    for (let r = 0; r < S; r++) {
      const a = p + bytes(r * S4), b = dS + bytes(r * S4);
      let acc = splat(0);
      for (let i: usize = 0; i < bytes(S4); i += 16) acc = madd(v128.load(a + i), v128.load(b + i), acc);
      const dot = splat(sumLanes(acc));
      for (let i: usize = 0; i < bytes(S4); i += 16)
        v128.store(b + i, f32x4.mul(v128.load(a + i), f32x4.sub(v128.load(b + i), dot)));
      if (dBias) {
        const o = dBias + bytes(head * S + r) * <usize>S;
        for (let j: usize = 0; j < bytes(S); j += 4) store<f32>(o + j, load<f32>(o + j) + load<f32>(b + j));
      }
      for (let i: usize = 0; i < bytes(S4); i += 16) v128.store(b + i, f32x4.mul(v128.load(b + i), s));
    }
    weighted(dS, 0, k, row, dq, row, S, headWidth, rest);
    weighted(dS, 1, q, row, dk, row, S, headWidth, rest);
  }
}
