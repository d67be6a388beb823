// Products of matrices whose rows lie without gaps, as the kernels of whole training steps use them.
import { gemm, gemmScratch } from './gemm';
import { bytes } from './simd';
import { take } from './plan';

let room: usize = 0;
/** Takes what the products need from the workspace. Must come before the first of them. */
export function takeRoom(): void {
  room = take(gemmScratch() >> 2);
}

/** C [M, N] = A · B (+ bias). */
// @ts-ignore: decorator
@inline
export function product(a: usize, b: usize, bias: usize, c: usize, M: i32, K: i32, N: i32): void {
  gemm(a, K, 0, b, N, 0, 0, bias, c, N, K, N, 0, M, 0, N, room);
}
/** C [M, N] += A · B. */
// @ts-ignore: decorator
@inline
export function addProduct(a: usize, b: usize, c: usize, M: i32, K: i32, N: i32): void {
  gemm(a, K, 0, b, N, 0, 0, 0, c, N, K, N, 0, M, 0, N, room, 1);
}
/** C [M, N] = or += A · Bᵀ, with B [N, K]. */
// @ts-ignore: decorator
@inline
export function productWithTransposed(a: usize, b: usize, c: usize, M: i32, K: i32, N: i32, adds: i32): void {
  gemm(a, K, 0, b, K, 1, 0, 0, c, N, K, N, 0, M, 0, N, room, adds);
}
/** A weight's gradient, C [M, N] += Aᵀ · B with A [R, M] and B [R, N]. */
// @ts-ignore: decorator
@inline
export function addOuter(a: usize, b: usize, c: usize, R: i32, M: i32, N: i32): void {
  gemm(a, M, 1, b, N, 0, 0, 0, c, N, R, N, 0, M, 0, N, room, 1);
}

/** out [N] += the rows of x [R, N]; N is a multiple of 4. */
export function addRows(x: usize, R: i32, N: i32, out: usize): void {
  const row = bytes(N);
  let j: usize = 0;
  for (; j + 96 <= row; j += 96) {
    let p = x + j, o = out + j;
    let a = v128.load(o), b = v128.load(o, 16), c = v128.load(o, 32), d = v128.load(o, 48), e = v128.load(o, 64), f = v128.load(o, 80);
    for (let r = 0; r < R; r++) {
      a = f32x4.add(a, v128.load(p)); b = f32x4.add(b, v128.load(p, 16)); c = f32x4.add(c, v128.load(p, 32));
      d = f32x4.add(d, v128.load(p, 48)); e = f32x4.add(e, v128.load(p, 64)); f = f32x4.add(f, v128.load(p, 80));
      p += row;
    }
    v128.store(o, a); v128.store(o, b, 16); v128.store(o, c, 32); v128.store(o, d, 48); v128.store(o, e, 64); v128.store(o, f, 80);
  }
  for (; j < row; j += 16) {
    let a = v128.load(out + j);
    for (let r = 0; r < R; r++) a = f32x4.add(a, v128.load(x + <usize>r * row + j));
    v128.store(out + j, a);
  }
}
