// Kernels over rows: layer norm, softmax, cross-entropy. A row is W floats; any W >= 1.
import { bytes, constants, expNonPositive, loadPart, logarithm, madd, maxLanes, splat, storePart, sumLanes } from './simd';

let meanOfRow: f32 = 0;

/** Mean into `meanOfRow`; returns 1/√(variance + eps). Two passes over a row that is in the cache. */
function statistics(x: usize, W: i32, eps: f32): f32 {
  const end = x + bytes(W & ~3), rest = W & 3;
  let acc = splat(0);
  for (let p = x; p < end; p += 16) acc = f32x4.add(acc, v128.load(p));
  if (rest) acc = f32x4.add(acc, loadPart(end, rest, 0));
  const mean = sumLanes(acc) / <f32>W, m = splat(mean);
  let square = splat(0);
  for (let p = x; p < end; p += 16) {
    const d = f32x4.sub(v128.load(p), m);
    square = madd(d, d, square);
  }
  if (rest) {
    const d = f32x4.sub(loadPart(end, rest, mean), m);
    square = madd(d, d, square);
  }
  meanOfRow = mean;
  return <f32>1 / sqrt<f32>(sumLanes(square) / <f32>W + eps);
}

/** y = (x − mean) / √(variance + eps) · gain + bias, for rows r0..r1; row r belongs to group r / rowsPerGroup. */
export function layerNorm(x: usize, gain: usize, bias: usize, y: usize, W: i32, rowsPerGroup: i32, eps: f32, r0: i32, r1: i32): void {
  const size = bytes(W), whole = bytes(W & ~3), rest = W & 3;
  for (let r = r0; r < r1; r++) {
    const row = x + <usize>r * size, out = y + <usize>r * size;
    const group = <usize>(r / rowsPerGroup) * size;
    const g = gain + group, b = bias + group;
    const inverse = statistics(row, W, eps), s = splat(inverse), m = splat(meanOfRow);
    for (let i: usize = 0; i < whole; i += 16)
      v128.store(out + i, madd(f32x4.mul(f32x4.sub(v128.load(row + i), m), s), v128.load(g + i), v128.load(b + i)));
    if (rest) {
      const n = f32x4.mul(f32x4.sub(loadPart(row + whole, rest, 0), m), s);
      storePart(out + whole, madd(n, loadPart(g + whole, rest, 0), loadPart(b + whole, rest, 0)), rest);
    }
  }
}

/**
 * Gradient of layer norm: dx for the partials p0..p1 of `rowsPerPartial` rows, and dGain, dBias [partials, W] added up
 * within each (the caller clears them, and adds up the partials of a group). With n = (x − mean)·s and h = dy·gain: dx = s (h − mean(h) − n mean(h n)).
 */
export function layerNormGrad(x: usize, gain: usize, dy: usize, dx: usize, dGain: usize, dBias: usize, W: i32, rowsPerGroup: i32, rowsPerPartial: i32, rows: i32, eps: f32, p0: i32, p1: i32): void {
  const size = bytes(W), whole = bytes(W & ~3), rest = W & 3;
  for (let r = p0 * rowsPerPartial; r < min(p1 * rowsPerPartial, rows); r++) {
    const row = x + <usize>r * size, up = dy + <usize>r * size, out = dx + <usize>r * size;
    const group = <usize>(r / rowsPerGroup) * size;
    const partial = <usize>(r / rowsPerPartial) * size;
    const g = gain + group, dg = dGain + partial, db = dBias + partial;
    const inverse = statistics(row, W, eps), mean = meanOfRow, s = splat(inverse), m = splat(mean);
    let sumH = splat(0), sumHN = splat(0);
    for (let i: usize = 0; i < whole; i += 16) {
      const u = v128.load(up + i), n = f32x4.mul(f32x4.sub(v128.load(row + i), m), s);
      const h = f32x4.mul(u, v128.load(g + i));
      sumH = f32x4.add(sumH, h);
      sumHN = madd(h, n, sumHN);
      v128.store(dg + i, madd(u, n, v128.load(dg + i)));
      v128.store(db + i, f32x4.add(u, v128.load(db + i)));
    }
    if (rest) {
      const u = loadPart(up + whole, rest, 0), n = f32x4.mul(f32x4.sub(loadPart(row + whole, rest, mean), m), s);
      const h = f32x4.mul(u, loadPart(g + whole, rest, 0));
      sumH = f32x4.add(sumH, h);
      sumHN = madd(h, n, sumHN);
      storePart(dg + whole, madd(u, n, loadPart(dg + whole, rest, 0)), rest);
      storePart(db + whole, f32x4.add(u, loadPart(db + whole, rest, 0)), rest);
    }
    const meanH = splat(sumLanes(sumH) / <f32>W), meanHN = splat(sumLanes(sumHN) / <f32>W);
    for (let i: usize = 0; i < whole; i += 16) {
      const n = f32x4.mul(f32x4.sub(v128.load(row + i), m), s);
      const h = f32x4.mul(v128.load(up + i), v128.load(g + i));
      v128.store(out + i, f32x4.mul(s, f32x4.sub(f32x4.sub(h, meanH), f32x4.mul(n, meanHN))));
    }
    if (rest) {
      const n = f32x4.mul(f32x4.sub(loadPart(row + whole, rest, mean), m), s);
      const h = f32x4.mul(loadPart(up + whole, rest, 0), loadPart(g + whole, rest, 0));
      storePart(out + whole, f32x4.mul(s, f32x4.sub(f32x4.sub(h, meanH), f32x4.mul(n, meanHN))), rest);
    }
  }
}

/** Softmax of one row (may be in place); returns its log-sum-exp. */
// @ts-ignore: decorator
@inline
export function softmaxRow(x: usize, y: usize, W: i32): f32 {
  const whole = bytes(W & ~3), rest = W & 3, t = constants();
  const lowest = splat(-f32.MAX_VALUE);
  // pmax is one instruction and passes a NaN over; the exponential below brings it back.
  let top = lowest;
  for (let i: usize = 0; i < whole; i += 16) top = f32x4.pmax(top, v128.load(x + i));
  if (rest) top = f32x4.pmax(top, loadPart(x + whole, rest, -f32.MAX_VALUE));
  const peak = maxLanes(top), m = splat(peak);
  let total = splat(0);
  for (let i: usize = 0; i < whole; i += 16) {
    const e = expNonPositive(f32x4.sub(v128.load(x + i), m), t);
    total = f32x4.add(total, e);
    v128.store(y + i, e);
  }
  if (rest) {
    // The unused lanes are at −MAX: their exponential is zero and adds nothing.
    const e = expNonPositive(f32x4.sub(loadPart(x + whole, rest, -f32.MAX_VALUE), m), t);
    total = f32x4.add(total, v128.and(e, firstLanes(rest)));
    storePart(y + whole, e, rest);
  }
  const sum = sumLanes(total), scale = splat(<f32>1 / sum);
  for (let i: usize = 0; i < whole; i += 16) v128.store(y + i, f32x4.mul(v128.load(y + i), scale));
  if (rest) storePart(y + whole, f32x4.mul(loadPart(y + whole, rest, 0), scale), rest);
  return peak + <f32>logarithm(sum);
}

// @ts-ignore: decorator
@inline
export function firstLanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

export function softmax(x: usize, y: usize, W: i32, r0: i32, r1: i32): void {
  const size = bytes(W);
  for (let r = r0; r < r1; r++) softmaxRow(x + <usize>r * size, y + <usize>r * size, W);
}

/**
 * loss[r] = −Σ_c t_c (z_c − logsumexp z); target row of r is r % targetRows.
 * @param scratch C floats
 */
export function crossEntropy(z: usize, targets: usize, loss: usize, C: i32, targetRows: i32, r0: i32, r1: i32, scratch: usize): void {
  const size = bytes(C);
  for (let r = r0; r < r1; r++) {
    const row = z + <usize>r * size, t = targets + <usize>(r % targetRows) * size;
    const lse = softmaxRow(row, scratch, C);
    let sum: f32 = 0;
    for (let i: usize = 0; i < size; i += 4) sum += load<f32>(t + i) * (lse - load<f32>(row + i));
    store<f32>(loss + bytes(r), sum);
  }
}

/** dz = dy (softmax z · Σ t − t). */
export function crossEntropyGrad(z: usize, targets: usize, dy: usize, dz: usize, C: i32, targetRows: i32, r0: i32, r1: i32): void {
  const size = bytes(C);
  for (let r = r0; r < r1; r++) {
    const t = targets + <usize>(r % targetRows) * size, o = dz + <usize>r * size;
    softmaxRow(z + <usize>r * size, o, C);
    const up = load<f32>(dy + bytes(r));
    let mass: f32 = 0;
    for (let i: usize = 0; i < size; i += 4) mass += load<f32>(t + i);
    for (let i: usize = 0; i < size; i += 4) store<f32>(o + i, up * (load<f32>(o + i) * mass - load<f32>(t + i)));
  }
}
