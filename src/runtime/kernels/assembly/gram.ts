// An upper bound of a matrix's largest singular value by Gram iteration, and its gradient: the formulas and their source
// are in fusion/dependency/critic.ts. Of Gₖ only Sₖ = Gₖ/fₖ is kept, with fₖ its Frobenius norm; Gₖ₊₁ = Sₖ Sₖ and
// log σ = Σ 2^−(k+1) log fₖ. All of them are functions of one symmetric matrix, so they and their gradients commute.
import { take } from './plan';
import { scale, sumOfSquares } from './pointwise';
import { addOuter, addProduct, product, productWithTransposed } from './products';
import { bytes, logarithm, madd, splat } from './simd';

let grams: usize = 0, norms: usize = 0, slope: usize = 0, other: usize = 0;
let side = 0, steps = 0;

/** Takes what matrices [from, to] need from the workspace. @param iterations products of the Gram matrix with itself */
export function takeGram(from: i32, to: i32, iterations: i32): void {
  side = min(from, to); steps = iterations;
  grams = take((steps + 1) * side * side); norms = take(steps + 1);
  slope = take(side * side); other = take(side * side);
}

/** log σ of w [from, to]; what its gradient needs is kept. */
export function logSingularValue(w: usize, from: i32, to: i32): f64 {
  const size = side * side;
  if (from < to) productWithTransposed(w, w, grams, from, to, from, 0);
  else {
    memory.fill(grams, 0, bytes(size));
    addOuter(w, w, grams, from, to, to);
  }
  let log: f64 = 0, share: f64 = 0.5, gram = grams;
  for (let k = 0; k <= steps; k++) {
    const norm = sqrt<f32>(<f32>sumOfSquares(gram, size) + <f32>1e-24);
    store<f32>(norms + bytes(k), norm);
    log += share * logarithm(norm);
    scale(gram, size, <f32>1 / norm);
    if (k < steps) product(gram, gram, 0, gram + bytes(size), side, side, side);
    gram += bytes(size);
    share *= 0.5;
  }
  return log;
}

/** dW += factor · the gradient of log σ, whose value was the last that was asked for. */
export function addLogSingularGradient(w: usize, from: i32, to: i32, factor: f32, dW: usize): void {
  const size = side * side;
  let share: f32 = 1;
  for (let k = 0; k <= steps; k++) share *= 0.5;
  let gram = grams + bytes(steps * size);
  combine(gram, share / load<f32>(norms + bytes(steps)), 0, 0, slope, size);
  for (let k = steps - 1; k >= 0; k--) {
    gram -= bytes(size);
    share *= 2;
    // dS = 2 dG' S, and through S = G/f: dG = (dS − ⟨dS, S⟩ S)/f, beside the share of log f
    product(slope, gram, 0, other, side, side, side);
    const over = <f32>1 / load<f32>(norms + bytes(k));
    combine(gram, (share - 2 * dot(gram, other, size)) * over, other, 2 * over, slope, size);
  }
  scale(slope, size, 2 * factor);
  if (from < to) addProduct(slope, w, dW, from, from, to);
  else addProduct(w, slope, dW, from, to, to);
}

/** out = a x + b y; y may be 0 for none. */
function combine(x: usize, a: f32, y: usize, b: f32, out: usize, n: i32): void {
  const whole = bytes(n & ~3), A = splat(a), B = splat(b);
  for (let i: usize = 0; i < whole; i += 16) {
    const v = f32x4.mul(A, v128.load(x + i));
    v128.store(out + i, y ? madd(B, v128.load(y + i), v) : v);
  }
  for (let i = whole; i < bytes(n); i += 4)
    store<f32>(out + i, a * load<f32>(x + i) + (y ? b * load<f32>(y + i) : <f32>0));
}

function dot(x: usize, y: usize, n: i32): f32 {
  const whole = bytes(n & ~3);
  let acc = splat(0);
  for (let i: usize = 0; i < whole; i += 16) acc = madd(v128.load(x + i), v128.load(y + i), acc);
  let sum = f32x4.extract_lane(acc, 0) + f32x4.extract_lane(acc, 1) + f32x4.extract_lane(acc, 2) + f32x4.extract_lane(acc, 3);
  for (let i = whole; i < bytes(n); i += 4) sum += load<f32>(x + i) * load<f32>(y + i);
  return sum;
}
