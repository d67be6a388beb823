// Self-attention on packed [B, S, 3W] queries, keys and values; one task is one head of one sample.
// Only one head's S x S scores exist at a time, in scratch; the gradient makes them again.
import { gemm, gemmScratch } from './gemm';
import { bytes, constants, expNonPositive, madd, maxLanes, splat, sumLanes } from './simd';

// @ts-ignore: decorator
@inline
function wide(n: i32): i32 {
  return (n + 7) & ~7;
}

/** Bytes of scratch for one task of `attention` or `attentionGrad`. */
export function attentionScratch(S: i32): i32 {
  return 4 * (2 * S * wide(S) + wide(S)) + gemmScratch();
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
  const S8 = wide(S);
  for (let r = 0; r < S; r++)
    for (let j = S; j < S8; j++) store<f32>(p + bytes(r * S8 + j), 0);
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

/** out [B, S, W] for the tasks t0..t1 (task = sample · heads + head). `bias` [heads, S, S] and `mask` [B, S] may be 0. */
export function attention(qkv: usize, bias: usize, mask: usize, out: usize, S: i32, W: i32, heads: i32, t0: i32, t1: i32, scratch: usize): void {
  const headWidth = W / heads, S8 = wide(S), row = 3 * W;
  const scale = <f32>1 / sqrt<f32>(<f32>headWidth);
  const p = scratch, penalty = p + bytes(S * S8), rest = penalty + bytes(S8);
  for (let t = t0; t < t1; t++) {
    const sample = t / heads, head = t % heads;
    const q = qkv + bytes(sample * S) * <usize>row + bytes(head * headWidth);
    const k = q + bytes(W), v = k + bytes(W);
    gemm(q, row, 0, k, row, 1, 0, 0, p, S8, headWidth, S, 0, S, 0, S, rest);
    if (t == t0 || head == 0) penalties(mask ? mask + bytes(sample * S) : 0, S, penalty);
    softmaxScores(p, S, scale, bias ? bias + bytes(head * S) * <usize>S : 0, penalty);
    gemm(p, S8, 0, v, row, 0, 0, 0, out + bytes(sample * S) * <usize>W + bytes(head * headWidth), W, S, headWidth, 0, S, 0, headWidth, rest);
  }
}

/**
 * dqkv [B, S, 3W] for the tasks t0..t1, and dBias [heads, S, S] added up over them (cleared by the caller; 0 for none).
 * With P the probabilities: dV = Pᵀ dO, dP = dO Vᵀ, dS = P (dP − Σ P dP), dQ = dS K·scale, dK = dSᵀ Q·scale.
 */
export function attentionGrad(qkv: usize, bias: usize, mask: usize, dOut: usize, dQkv: usize, dBias: usize, S: i32, W: i32, heads: i32, t0: i32, t1: i32, scratch: usize): void {
  const headWidth = W / heads, S8 = wide(S), row = 3 * W;
  const scale = <f32>1 / sqrt<f32>(<f32>headWidth), s = splat(scale);
  const p = scratch, dS = p + bytes(S * S8), penalty = dS + bytes(S * S8), rest = penalty + bytes(S8);
  for (let t = t0; t < t1; t++) {
    const sample = t / heads, head = t % heads;
    const offset = bytes(sample * S) * <usize>row + bytes(head * headWidth);
    const q = qkv + offset, k = q + bytes(W), v = k + bytes(W);
    const dq = dQkv + offset, dk = dq + bytes(W), dv = dk + bytes(W);
    const up = dOut + bytes(sample * S) * <usize>W + bytes(head * headWidth);
    gemm(q, row, 0, k, row, 1, 0, 0, p, S8, headWidth, S, 0, S, 0, S, rest);
    if (t == t0 || head == 0) penalties(mask ? mask + bytes(sample * S) : 0, S, penalty);
    softmaxScores(p, S, scale, bias ? bias + bytes(head * S) * <usize>S : 0, penalty);

    gemm(p, S8, 1, up, W, 0, 0, 0, dv, row, S, headWidth, 0, S, 0, headWidth, rest);
    gemm(up, W, 0, v, row, 1, 0, 0, dS, S8, headWidth, S, 0, S, 0, S, rest);
    clearBeyond(dS, S);
    for (let r = 0; r < S; r++) {
      const a = p + bytes(r * S8), b = dS + bytes(r * S8);
      let acc = splat(0);
      for (let i: usize = 0; i < bytes(S8); i += 16) acc = madd(v128.load(a + i), v128.load(b + i), acc);
      const dot = splat(sumLanes(acc));
      for (let i: usize = 0; i < bytes(S8); i += 16)
        v128.store(b + i, f32x4.mul(v128.load(a + i), f32x4.sub(v128.load(b + i), dot)));
      if (dBias) {
        const o = dBias + bytes(head * S + r) * <usize>S;
        for (let j: usize = 0; j < bytes(S); j += 4) store<f32>(o + j, load<f32>(o + j) + load<f32>(b + j));
      }
      for (let i: usize = 0; i < bytes(S8); i += 16) v128.store(b + i, f32x4.mul(v128.load(b + i), s));
    }
    gemm(dS, S8, 0, k, row, 0, 0, 0, dq, row, S, headWidth, 0, S, 0, headWidth, rest);
    gemm(dS, S8, 1, q, row, 0, 0, 0, dk, row, S, headWidth, 0, S, 0, headWidth, rest);
  }
}
