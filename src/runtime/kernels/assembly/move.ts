// Kernels that move or add rows: transposes, strided copies, gather, segment sums, column sums.
import { bytes, loadPart, maxLanes, splat } from './simd';

/** [R, C] -> [C, R], in cache-sized blocks of 4 x 4 register transposes; `count` matrices. */
export function transposeLast(src: usize, dst: usize, count: i32, R: i32, C: i32): void {
  const T = 32, rowS = bytes(C), rowD = bytes(R);
  for (let q = 0; q < count; q++) {
    for (let i0 = 0; i0 < R; i0 += T) {
      const i1 = min(i0 + T, R);
      for (let j0 = 0; j0 < C; j0 += T) {
        const j1 = min(j0 + T, C);
        let i = i0;
        for (; i + 4 <= i1; i += 4) {
          let j = j0;
          for (; j + 4 <= j1; j += 4) {
            const s = src + <usize>i * rowS + bytes(j), o = dst + <usize>j * rowD + bytes(i);
            const a = v128.load(s), b = v128.load(s + rowS), c = v128.load(s + 2 * rowS), d = v128.load(s + 3 * rowS);
            const ab = i32x4.shuffle(a, b, 0, 4, 1, 5), AB = i32x4.shuffle(a, b, 2, 6, 3, 7);
            const cd = i32x4.shuffle(c, d, 0, 4, 1, 5), CD = i32x4.shuffle(c, d, 2, 6, 3, 7);
            v128.store(o, i64x2.shuffle(ab, cd, 0, 2));
            v128.store(o + rowD, i64x2.shuffle(ab, cd, 1, 3));
            v128.store(o + 2 * rowD, i64x2.shuffle(AB, CD, 0, 2));
            v128.store(o + 3 * rowD, i64x2.shuffle(AB, CD, 1, 3));
          }
          for (; j < j1; j++)
            for (let r = i; r < i + 4; r++) store<f32>(dst + <usize>j * rowD + bytes(r), load<f32>(src + <usize>r * rowS + bytes(j)));
        }
        for (; i < i1; i++)
          for (let j = j0; j < j1; j++) store<f32>(dst + <usize>j * rowD + bytes(i), load<f32>(src + <usize>i * rowS + bytes(j)));
      }
    }
    src += bytes(R) * <usize>C;
    dst += bytes(R) * <usize>C;
  }
}

// @ts-ignore: decorator
@inline
function copyRow(from: usize, to: usize, size: usize): void {
  if (size >= 256) {
    memory.copy(to, from, size);
    return;
  }
  let i: usize = 0;
  for (; i + 16 <= size; i += 16) v128.store(to + i, v128.load(from + i));
  for (; i < size; i += 4) store<u32>(to + i, load<u32>(from + i));
}

/** Copies rows of `length` elements of 4 bytes over a grid of n0 x n1 x n2 x n3; strides in elements on both sides. */
export function copyStrided(src: usize, dst: usize, n0: i32, n1: i32, n2: i32, n3: i32, s0: i32, s1: i32, s2: i32, s3: i32, d0: i32, d1: i32, d2: i32, d3: i32, length: i32): void {
  const size = bytes(length), stepS = bytes(s3), stepD = bytes(d3);
  for (let a = 0; a < n0; a++)
    for (let b = 0; b < n1; b++)
      for (let c = 0; c < n2; c++) {
        let p = src + bytes(a * s0 + b * s1 + c * s2), o = dst + bytes(a * d0 + b * d1 + c * d2);
        for (let d = 0; d < n3; d++) {
          copyRow(p, o, size);
          p += stepS;
          o += stepD;
        }
      }
}

/** out[i] = table[ids[i]], rows of `width` elements; an id out of range gives zeros, as tfjs's own kernels do. */
export function gatherRows(table: usize, rows: i32, ids: usize, count: i32, width: i32, out: usize): void {
  const size = bytes(width);
  for (let i = 0; i < count; i++) {
    const id = load<i32>(ids + bytes(i));
    if (<u32>id < <u32>rows) copyRow(table + <usize>id * size, out, size);
    else memory.fill(out, 0, size);
    out += size;
  }
}

// @ts-ignore: decorator
@inline
function addRow(from: usize, to: usize, size: usize): void {
  let i: usize = 0;
  for (; i + 16 <= size; i += 16) v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(from + i)));
  for (; i < size; i += 4) store<f32>(to + i, load<f32>(to + i) + load<f32>(from + i));
}

/** out[ids[i]] += x[i]; out is cleared first; ids out of range are dropped. */
export function segmentSum(x: usize, ids: usize, count: i32, width: i32, segments: i32, out: usize): void {
  const size = bytes(width);
  memory.fill(out, 0, <usize>segments * size);
  for (let i = 0; i < count; i++) {
    const id = load<i32>(ids + bytes(i));
    if (<u32>id < <u32>segments) addRow(x, out + <usize>id * size, size);
    x += size;
  }
}

/**
 * [outer, R, C] -> [outer, C]: sums over the middle axis. A unit is up to `columnsPerUnit` (a multiple of 4) columns of one
 * outer index; this call makes the units u0..u1.
 */
export function sumMiddle(x: usize, out: usize, R: i32, C: i32, columnsPerUnit: i32, u0: i32, u1: i32): void {
  const row = bytes(C), across = (C + columnsPerUnit - 1) / columnsPerUnit;
  for (let u = u0; u < u1; u++) {
    const c0 = u % across * columnsPerUnit, size = bytes(min(columnsPerUnit, C - c0));
    const to = out + <usize>(u / across) * row + bytes(c0);
    let from = x + <usize>(u / across) * <usize>R * row + bytes(c0);
    for (let i: usize = 0; i < size; i += 4) store<f32>(to + i, 0);
    let r = 0;
    // Four rows at a time: one pass over the sums instead of four.
    for (; r + 4 <= R; r += 4) {
      const x1 = from + row, x2 = x1 + row, x3 = x2 + row;
      let i: usize = 0;
      for (; i + 16 <= size; i += 16) {
        const s = f32x4.add(f32x4.add(v128.load(from + i), v128.load(x1 + i)), f32x4.add(v128.load(x2 + i), v128.load(x3 + i)));
        v128.store(to + i, f32x4.add(v128.load(to + i), s));
      }
      for (; i < size; i += 4)
        store<f32>(to + i, load<f32>(to + i) + ((load<f32>(from + i) + load<f32>(x1 + i)) + (load<f32>(x2 + i) + load<f32>(x3 + i))));
      from += 4 * row;
    }
    for (; r < R; r++) {
      addRow(from, to, size);
      from += row;
    }
  }
}

/** [R, C] -> [R]: sums over the last axis. */
export function sumLast(x: usize, out: usize, R: i32, C: i32): void {
  for (let r = 0; r < R; r++) {
    let acc = splat(0), sum: f32 = 0;
    let c = 0;
    for (; c + 4 <= C; c += 4) { acc = f32x4.add(acc, v128.load(x)); x += 16; }
    for (; c < C; c++) { sum += load<f32>(x); x += 4; }
    sum += (f32x4.extract_lane(acc, 0) + f32x4.extract_lane(acc, 1)) + (f32x4.extract_lane(acc, 2) + f32x4.extract_lane(acc, 3));
    store<f32>(out + bytes(r), sum);
  }
}

/** [R, C] -> [R]: the largest of each row; NaN where there is one. */
export function maxLast(x: usize, out: usize, R: i32, C: i32): void {
  for (let r = 0; r < R; r++) {
    let top = splat(-Infinity);
    let c = 0;
    for (; c + 4 <= C; c += 4) { top = f32x4.max(top, v128.load(x)); x += 16; }
    if (c < C) { top = f32x4.max(top, loadPart(x, C - c, -Infinity)); x += bytes(C - c); }
    store<f32>(out + bytes(r), maxLanes(top));
  }
}
