// Small SIMD building blocks. All data are float32; all addresses are byte offsets into tfjs's memory.

/** a·b + c: one instruction where the engine has relaxed SIMD, two elsewhere. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

// @ts-ignore: decorator
@inline
export function bytes(count: i32): usize {
  return (<usize>count) << 2;
}

// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f32 {
  const pair = f32x4.add(v, i32x4.shuffle(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1);
}

// @ts-ignore: decorator
@inline
export function maxLanes(v: v128): f32 {
  const pair = f32x4.max(v, i32x4.shuffle(v, v, 2, 3, 0, 1));
  return max(f32x4.extract_lane(pair, 0), f32x4.extract_lane(pair, 1));
}

/**
 * eˣ for x <= 0, zero below −87 (where float32 leaves the normal range); NaN stays NaN.
 * Range reduction x = n ln 2 + r and the minimax polynomial of Cephes' expf.
 */
// @ts-ignore: decorator
@inline
export function expNonPositive(x: v128): v128 {
  // Adding 1.5·2²³ rounds to an integer and leaves it in the low bits of the sum.
  const shifted = madd(x, splat(1.44269504088896341), splat(12582912.0));
  const n = f32x4.sub(shifted, splat(12582912.0));
  const r = madd(n, splat(2.12194440e-4), madd(n, splat(-0.693359375), x));
  let p = madd(splat(1.9875691500e-4), r, splat(1.3981999507e-3));
  p = madd(p, r, splat(8.3334519073e-3));
  p = madd(p, r, splat(4.1665795894e-2));
  p = madd(p, r, splat(1.6666665459e-1));
  p = madd(p, r, splat(5.0000001201e-1));
  p = madd(f32x4.mul(p, r), r, f32x4.add(r, splat(1)));
  const power = i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23);
  return v128.andnot(f32x4.mul(p, power), f32x4.lt(x, splat(-87)));
}

/** e^(−x²/2): the normal density up to its constant. */
// @ts-ignore: decorator
@inline
export function gaussian(x: v128): v128 {
  return expNonPositive(f32x4.mul(f32x4.mul(x, x), splat(-0.5)));
}

/**
 * Φ(x), the normal distribution function, given e^(−x²/2); absolute error below 1e-7.
 * Abramowitz & Stegun 7.1.26 at x/√2.
 */
// @ts-ignore: decorator
@inline
export function normalCdf(x: v128, density: v128): v128 {
  const size = f32x4.abs(x);
  const t = f32x4.div(splat(1), madd(size, splat(0.3275911 * 0.70710678118654752), splat(1)));
  let p = madd(t, splat(1.061405429), splat(-1.453152027));
  p = madd(p, t, splat(1.421413741));
  p = madd(p, t, splat(-0.284496736));
  p = madd(p, t, splat(0.254829592));
  const tail = f32x4.mul(f32x4.mul(f32x4.mul(p, t), density), splat(0.5));
  return v128.bitselect(tail, f32x4.sub(splat(1), tail), f32x4.lt(x, splat(0)));
}

/** σ(x) = 1/(1 + e⁻ˣ), through e^(−|x|) so that nothing overflows. */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const e = expNonPositive(f32x4.neg(f32x4.abs(x)));
  const upper = f32x4.div(splat(1), f32x4.add(splat(1), e));
  return v128.bitselect(f32x4.mul(e, upper), upper, f32x4.lt(x, splat(0)));
}

/** Loads the first `count` (1..3) of four lanes, the others `fill`; never reads past them. */
export function loadPart(p: usize, count: i32, fill: f32): v128 {
  let v = f32x4.replace_lane(splat(fill), 0, load<f32>(p));
  if (count > 1) v = f32x4.replace_lane(v, 1, load<f32>(p, 4));
  if (count > 2) v = f32x4.replace_lane(v, 2, load<f32>(p, 8));
  return v;
}

/** Stores the first `count` (1..3) of four lanes. */
export function storePart(p: usize, v: v128, count: i32): void {
  store<f32>(p, f32x4.extract_lane(v, 0));
  if (count > 1) store<f32>(p, f32x4.extract_lane(v, 1), 4);
  if (count > 2) store<f32>(p, f32x4.extract_lane(v, 2), 8);
}

/**
 * ln x for x >= 1 (a sum of exponentials whose largest is 1); NaN and infinity stay.
 * x = 2ᵉ m with m in [1, 2), ln m = 2 artanh((m−1)/(m+1)) by its series. The language's own Math.log keeps a
 * table in static memory, which here belongs to tfjs.
 */
export function logarithm(x: f32): f64 {
  if (!(x < f32.MAX_VALUE)) return <f64>x;
  const bits = reinterpret<i64>(<f64>x);
  let e = <i32>((bits >> 52) & 0x7ff) - 1023;
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) { m *= 0.5; e += 1; }
  const s = (m - 1) / (m + 1), q = s * s;
  const series = 1 + q * (1.0 / 3 + q * (1.0 / 5 + q * (1.0 / 7 + q * (1.0 / 9 + q * (1.0 / 11)))));
  return <f64>e * 0.6931471805599453 + 2 * s * series;
}
