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

// A vector constant costs the engine several instructions each time it is used; from memory it is one load.
// The table lies in memory that the host allocates: `initialise` writes it, loops take its address once.
let table: usize = 0;

/** Bytes that `initialise` needs. */
export const TABLE_BYTES: i32 = 128;

/** Writes the constants; must be called once, before all else. */
export function initialise(address: usize): void {
  table = address;
  store<f32>(address, 1.44269504088896341, 0); // log₂ e
  store<f32>(address, 12582912.0, 4); // 1.5·2²³
  store<f32>(address, 2.12194440e-4, 8); // −ln 2, low part
  store<f32>(address, -0.693359375, 12); // −ln 2, high part
  store<f32>(address, 1.9875691500e-4, 16); // Cephes' expf
  store<f32>(address, 1.3981999507e-3, 20);
  store<f32>(address, 8.3334519073e-3, 24);
  store<f32>(address, 4.1665795894e-2, 28);
  store<f32>(address, 1.6666665459e-1, 32);
  store<f32>(address, 5.0000001201e-1, 36);
  store<i32>(address, 127, 40);
  store<f32>(address, -87, 44);
  store<f32>(address, 1, 48);
  store<f32>(address, 0.5, 52);
  store<f32>(address, 0.3275911 * 0.70710678118654752, 56); // Abramowitz & Stegun 7.1.26
  store<f32>(address, 1.061405429, 60);
  store<f32>(address, -1.453152027, 64);
  store<f32>(address, 1.421413741, 68);
  store<f32>(address, -0.284496736, 72);
  store<f32>(address, 0.254829592, 76);
  store<f32>(address, -0.5, 80);
}

/** The table's address, for the functions below. */
// @ts-ignore: decorator
@inline
export function constants(): usize {
  return table;
}

/**
 * eˣ for x <= 0, zero below −87 (where float32 leaves the normal range); NaN stays NaN.
 * Range reduction x = n ln 2 + r and the minimax polynomial of Cephes' expf.
 */
// @ts-ignore: decorator
@inline
export function expNonPositive(x: v128, t: usize): v128 {
  // Adding 1.5·2²³ rounds to an integer and leaves it in the low bits of the sum.
  const magic = v128.load_splat<f32>(t, 4);
  const shifted = madd(x, v128.load_splat<f32>(t), magic);
  const n = f32x4.sub(shifted, magic);
  const r = madd(n, v128.load_splat<f32>(t, 8), madd(n, v128.load_splat<f32>(t, 12), x));
  let p = madd(v128.load_splat<f32>(t, 16), r, v128.load_splat<f32>(t, 20));
  p = madd(p, r, v128.load_splat<f32>(t, 24));
  p = madd(p, r, v128.load_splat<f32>(t, 28));
  p = madd(p, r, v128.load_splat<f32>(t, 32));
  p = madd(p, r, v128.load_splat<f32>(t, 36));
  p = madd(f32x4.mul(p, r), r, f32x4.add(r, v128.load_splat<f32>(t, 48)));
  const power = i32x4.shl(i32x4.add(shifted, v128.load_splat<i32>(t, 40)), 23);
  return v128.andnot(f32x4.mul(p, power), f32x4.lt(x, v128.load_splat<f32>(t, 44)));
}

/** e^(−x²/2): the normal density up to its constant. */
// @ts-ignore: decorator
@inline
export function gaussian(x: v128, t: usize): v128 {
  return expNonPositive(f32x4.mul(f32x4.mul(x, x), v128.load_splat<f32>(t, 80)), t);
}

/**
 * Φ(x), the normal distribution function, given e^(−x²/2); absolute error below 1e-7.
 * Abramowitz & Stegun 7.1.26 at x/√2.
 */
// @ts-ignore: decorator
@inline
export function normalCdf(x: v128, density: v128, t: usize): v128 {
  const one = v128.load_splat<f32>(t, 48);
  const u = f32x4.div(one, madd(f32x4.abs(x), v128.load_splat<f32>(t, 56), one));
  let p = madd(u, v128.load_splat<f32>(t, 60), v128.load_splat<f32>(t, 64));
  p = madd(p, u, v128.load_splat<f32>(t, 68));
  p = madd(p, u, v128.load_splat<f32>(t, 72));
  p = madd(p, u, v128.load_splat<f32>(t, 76));
  const tail = f32x4.mul(f32x4.mul(f32x4.mul(p, u), density), v128.load_splat<f32>(t, 52));
  // Where x is below zero the tail is the answer, else one minus it.
  return v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, splat(0)));
}

/** σ(x) = 1/(1 + e⁻ˣ), through e^(−|x|) so that nothing overflows. */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128, t: usize): v128 {
  const one = v128.load_splat<f32>(t, 48);
  const e = expNonPositive(f32x4.neg(f32x4.abs(x)), t);
  const upper = f32x4.div(one, f32x4.add(one, e));
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
