// Kernels over single elements, and the optimiser's step. `n` counts floats.
import { bytes, constants, gaussian, loadPart, madd, normalCdf, sigmoid, splat, storePart } from './simd';

// @ts-ignore: decorator
@inline
function geluOf(x: v128, t: usize): v128 {
  return f32x4.mul(x, normalCdf(x, gaussian(x, t), t));
}

/** d/dx x Φ(x) = Φ(x) + x φ(x). */
// @ts-ignore: decorator
@inline
function geluSlope(x: v128, t: usize): v128 {
  const e = gaussian(x, t);
  return madd(f32x4.mul(x, splat(0.3989422804014327)), e, normalCdf(x, e, t));
}

/** The tanh form, x σ(2u) with 2u = x (c₀ + c₁ x²). */
const C0: f32 = 2 * 0.7978845608028654;
const C1: f32 = 2 * 0.7978845608028654 * 0.044715;

// @ts-ignore: decorator
@inline
function geluTanhOf(x: v128, t: usize): v128 {
  return f32x4.mul(x, sigmoid(f32x4.mul(x, madd(f32x4.mul(x, x), splat(C1), splat(C0))), t));
}

// @ts-ignore: decorator
@inline
function geluTanhSlope(x: v128, t: usize): v128 {
  const xx = f32x4.mul(x, x);
  const s = sigmoid(f32x4.mul(x, madd(xx, splat(C1), splat(C0))), t);
  const slope = f32x4.mul(x, madd(xx, splat(3 * C1), splat(C0)));
  return madd(f32x4.mul(slope, s), f32x4.sub(splat(1), s), s);
}

export const GELU = 1, GELU_TANH = 2, RELU = 3, TANH = 4, SIGMOID = 5, ERF = 6;

// @ts-ignore: decorator
@inline
function apply(x: v128, kind: i32, t: usize): v128 {
  if (kind == GELU) return geluOf(x, t);
  if (kind == GELU_TANH) return geluTanhOf(x, t);
  if (kind == RELU) return f32x4.max(x, splat(0));
  if (kind == TANH) return f32x4.sub(f32x4.mul(splat(2), sigmoid(f32x4.mul(splat(2), x), t)), splat(1));
  if (kind == SIGMOID) return sigmoid(x, t);
  if (kind == ERF) {
    const r = f32x4.mul(x, splat(1.4142135623730951));
    return f32x4.sub(f32x4.mul(splat(2), normalCdf(r, gaussian(r, t), t)), splat(1));
  }
  return x;
}

// @ts-ignore: decorator
@inline
function slope(x: v128, kind: i32, t: usize): v128 {
  if (kind == GELU) return geluSlope(x, t);
  if (kind == GELU_TANH) return geluTanhSlope(x, t);
  return v128.and(splat(1), f32x4.gt(x, splat(0)));
}

// @ts-ignore: decorator
@inline
function run(x: usize, y: usize, n: i32, kind: i32): void {
  const whole = bytes(n & ~3), rest = n & 3, t = constants();
  for (let i: usize = 0; i < whole; i += 16) v128.store(y + i, apply(v128.load(x + i), kind, t));
  if (rest) storePart(y + whole, apply(loadPart(x + whole, rest, 0), kind, t), rest);
}

// @ts-ignore: decorator
@inline
function runGrad(x: usize, dy: usize, dx: usize, n: i32, kind: i32): void {
  const whole = bytes(n & ~3), rest = n & 3, t = constants();
  for (let i: usize = 0; i < whole; i += 16)
    v128.store(dx + i, f32x4.mul(v128.load(dy + i), slope(v128.load(x + i), kind, t)));
  if (rest) storePart(dx + whole, f32x4.mul(loadPart(dy + whole, rest, 0), slope(loadPart(x + whole, rest, 0), kind, t)), rest);
}

/** y = f(x) for the elements i0..i1, may be in place; f by its code (above). */
export function activate(x: usize, y: usize, kind: i32, i0: i32, i1: i32): void {
  const n = i1 - i0;
  x += bytes(i0); y += bytes(i0);
  if (kind == GELU) run(x, y, n, GELU);
  else if (kind == GELU_TANH) run(x, y, n, GELU_TANH);
  else if (kind == RELU) run(x, y, n, RELU);
  else if (kind == TANH) run(x, y, n, TANH);
  else if (kind == SIGMOID) run(x, y, n, SIGMOID);
  else if (kind == ERF) run(x, y, n, ERF);
}

/** dx = dy f'(x) for the elements i0..i1, for GELU (both forms) and ReLU. */
export function activateGrad(x: usize, dy: usize, dx: usize, kind: i32, i0: i32, i1: i32): void {
  const n = i1 - i0;
  x += bytes(i0); dy += bytes(i0); dx += bytes(i0);
  if (kind == GELU) runGrad(x, dy, dx, n, GELU);
  else if (kind == GELU_TANH) runGrad(x, dy, dx, n, GELU_TANH);
  else runGrad(x, dy, dx, n, RELU);
}

/** Σ x², in double precision across blocks. */
export function sumOfSquares(x: usize, n: i32): f64 {
  let total: f64 = 0;
  for (let i = 0; i < n; i += 4096) {
    const end = min(i + 4096, n), whole = i + ((end - i) & ~3);
    let acc = splat(0);
    for (let p = x + bytes(i); p < x + bytes(whole); p += 16) acc = madd(v128.load(p), v128.load(p), acc);
    total += <f64>f32x4.extract_lane(acc, 0) + <f64>f32x4.extract_lane(acc, 1) + <f64>f32x4.extract_lane(acc, 2) + <f64>f32x4.extract_lane(acc, 3);
    for (let j = whole; j < end; j++) { const v = <f64>load<f32>(x + bytes(j)); total += v * v; }
  }
  return total;
}

/**
 * One AdamW step in place, for the elements i0..i1. Loshchilov & Hutter 2019, algorithm 2:
 * m = β₁m + (1−β₁)g, v = β₂v + (1−β₂)g², p −= rate·m / (√(v·inverse₂) + eps) + decay·p, with g = scale·gradient,
 * rate = lr / (1−β₁ᵗ), inverse₂ = 1/(1−β₂ᵗ), decay = lr·weight decay.
 */
export function adamStep(p: usize, m: usize, v: usize, g: usize, beta1: f32, beta2: f32, rate: f32, inverse2: f32, eps: f32, decay: f32, scale: f32, i0: i32, i1: i32): void {
  const n = i1 - i0;
  p += bytes(i0); m += bytes(i0); v += bytes(i0); g += bytes(i0);
  const b1 = splat(beta1), c1 = splat(1 - beta1), b2 = splat(beta2), c2 = splat(1 - beta2);
  const lr = splat(rate), i2 = splat(inverse2), e = splat(eps), keep = splat(1 - decay), sc = splat(scale);
  const whole = bytes(n & ~3), rest = n & 3;
  for (let i: usize = 0; i < whole; i += 16) {
    const G = f32x4.mul(sc, v128.load(g + i));
    const M = f32x4.add(f32x4.mul(b1, v128.load(m + i)), f32x4.mul(c1, G));
    const V = f32x4.add(f32x4.mul(b2, v128.load(v + i)), f32x4.mul(c2, f32x4.mul(G, G)));
    v128.store(m + i, M);
    v128.store(v + i, V);
    const step = f32x4.div(f32x4.mul(lr, M), f32x4.add(f32x4.sqrt(f32x4.mul(V, i2)), e));
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), keep), step));
  }
  if (rest) {
    const G = f32x4.mul(sc, loadPart(g + whole, rest, 0));
    const M = f32x4.add(f32x4.mul(b1, loadPart(m + whole, rest, 0)), f32x4.mul(c1, G));
    const V = f32x4.add(f32x4.mul(b2, loadPart(v + whole, rest, 0)), f32x4.mul(c2, f32x4.mul(G, G)));
    storePart(m + whole, M, rest);
    storePart(v + whole, V, rest);
    const step = f32x4.div(f32x4.mul(lr, M), f32x4.add(f32x4.sqrt(f32x4.mul(V, i2)), e));
    storePart(p + whole, f32x4.sub(f32x4.mul(loadPart(p + whole, rest, 0), keep), step), rest);
  }
}

/** x = x · factor, in place. */
export function scale(x: usize, n: i32, factor: f32): void {
  const whole = bytes(n & ~3), f = splat(factor);
  for (let i: usize = 0; i < whole; i += 16) v128.store(x + i, f32x4.mul(v128.load(x + i), f));
  for (let i = whole; i < bytes(n); i += 4) store<f32>(x + i, load<f32>(x + i) * factor);
}
