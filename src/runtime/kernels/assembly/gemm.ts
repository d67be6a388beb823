// Matrix products: B is packed into panels of 8 columns, C is made in register tiles of 4 x 8.
// Blocking after Goto & van de Geijn, "Anatomy of high-performance matrix multiplication" (2008).
import { bytes, madd, splat } from './simd';

/** Depth of a block: a panel of B (KC x 8) and four rows of A stay in the first-level cache. */
const KC = 384;
/** Rows of a block of A, which stays in the second-level cache. */
const MC = 96;
const TILE_BYTES: usize = 128;

/** Floats that `packB` writes for a K x N matrix. */
export function packedSize(K: i32, N: i32): i32 {
  return K * ((N + 7) & ~7);
}

/** Bytes of scratch that `gemm` needs beside the packed B. */
export function gemmScratch(): i32 {
  return MC * KC * 4 + 256;
}

/** Packs four consecutive rows of Bᵀ (row stride `ld` bytes) as columns `lane`..`lane`+3 of a panel. */
// @ts-ignore: decorator
@inline
function packFourTransposed(s0: usize, s1: usize, s2: usize, s3: usize, panel: usize, K: i32): void {
  let q = panel;
  let k = 0;
  for (; k + 4 <= K; k += 4) {
    const a = v128.load(s0), b = v128.load(s1), c = v128.load(s2), d = v128.load(s3);
    const ab = i32x4.shuffle(a, b, 0, 4, 1, 5), AB = i32x4.shuffle(a, b, 2, 6, 3, 7);
    const cd = i32x4.shuffle(c, d, 0, 4, 1, 5), CD = i32x4.shuffle(c, d, 2, 6, 3, 7);
    v128.store(q, i64x2.shuffle(ab, cd, 0, 2));
    v128.store(q, i64x2.shuffle(ab, cd, 1, 3), 32);
    v128.store(q, i64x2.shuffle(AB, CD, 0, 2), 64);
    v128.store(q, i64x2.shuffle(AB, CD, 1, 3), 96);
    s0 += 16; s1 += 16; s2 += 16; s3 += 16; q += 128;
  }
  for (; k < K; k++) {
    store<f32>(q, load<f32>(s0)); store<f32>(q, load<f32>(s1), 4);
    store<f32>(q, load<f32>(s2), 8); store<f32>(q, load<f32>(s3), 12);
    s0 += 4; s1 += 4; s2 += 4; s3 += 4; q += 32;
  }
}

/**
 * Packs the panels j0..j1 (in columns, multiples of 8) of op(B), K x N, zero-padded to 8 columns.
 * B is [K, N], or [N, K] where `tB`; `ldb` is its row stride in floats.
 */
export function packB(b: usize, ldb: i32, K: i32, N: i32, tB: i32, j0: i32, j1: i32, packed: usize): void {
  const row = bytes(ldb);
  for (let j = j0; j < j1; j += 8) {
    const panel = packed + bytes(j) * <usize>K;
    const columns = min(8, N - j);
    if (columns == 8 && !tB) {
      let s = b + bytes(j), q = panel;
      for (let k = 0; k < K; k++) {
        v128.store(q, v128.load(s));
        v128.store(q, v128.load(s, 16), 16);
        q += 32; s += row;
      }
    } else if (columns == 8) {
      const s = b + <usize>j * row;
      packFourTransposed(s, s + row, s + 2 * row, s + 3 * row, panel, K);
      const h = s + 4 * row;
      packFourTransposed(h, h + row, h + 2 * row, h + 3 * row, panel + 16, K);
    } else {
      memory.fill(panel, 0, <usize>K << 5);
      for (let c = 0; c < columns; c++) {
        let s = tB ? b + <usize>(j + c) * row : b + bytes(j + c);
        const step = tB ? <usize>4 : row;
        let q = panel + bytes(c);
        for (let k = 0; k < K; k++) { store<f32>(q, load<f32>(s)); s += step; q += 32; }
      }
    }
  }
}

/** Packs a block of Aᵀ (A is [K, M], row stride `lda` floats) into panels of 4 rows; M is padded by what lies beside. */
function packA(a: usize, lda: i32, m: i32, kc: i32, out: usize): void {
  const row = bytes(lda);
  for (let i = 0; i < m; i += 4) {
    let s = a + bytes(i), q = out + bytes(i) * <usize>kc;
    if (i + 4 <= m) {
      for (let k = 0; k < kc; k++) { v128.store(q, v128.load(s)); s += row; q += 16; }
    } else {
      const rest = m - i;
      for (let k = 0; k < kc; k++) {
        store<f32>(q, load<f32>(s));
        store<f32>(q, rest > 1 ? load<f32>(s, 4) : 0, 4);
        store<f32>(q, rest > 2 ? load<f32>(s, 8) : 0, 8);
        store<f32>(q, 0, 12);
        s += row; q += 16;
      }
    }
  }
}

/** A 4 x 8 tile from four rows of A: out[r] = init[r] + Σ_k A[r, k] panel[k]. Strides in bytes. */
function tileRows(a0: usize, a1: usize, a2: usize, a3: usize, b: usize, kc: i32, init: usize, initStride: usize, out: usize, outStride: usize): void {
  let s00 = v128.load(init), s01 = v128.load(init, 16); init += initStride;
  let s10 = v128.load(init), s11 = v128.load(init, 16); init += initStride;
  let s20 = v128.load(init), s21 = v128.load(init, 16); init += initStride;
  let s30 = v128.load(init), s31 = v128.load(init, 16);
  let k = kc;
  for (; k >= 4; k -= 4) {
    let p = v128.load(b), q = v128.load(b, 16), x = v128.load_splat<f32>(a0);
    s00 = madd(x, p, s00); s01 = madd(x, q, s01); x = v128.load_splat<f32>(a1);
    s10 = madd(x, p, s10); s11 = madd(x, q, s11); x = v128.load_splat<f32>(a2);
    s20 = madd(x, p, s20); s21 = madd(x, q, s21); x = v128.load_splat<f32>(a3);
    s30 = madd(x, p, s30); s31 = madd(x, q, s31);
    p = v128.load(b, 32); q = v128.load(b, 48); x = v128.load_splat<f32>(a0, 4);
    s00 = madd(x, p, s00); s01 = madd(x, q, s01); x = v128.load_splat<f32>(a1, 4);
    s10 = madd(x, p, s10); s11 = madd(x, q, s11); x = v128.load_splat<f32>(a2, 4);
    s20 = madd(x, p, s20); s21 = madd(x, q, s21); x = v128.load_splat<f32>(a3, 4);
    s30 = madd(x, p, s30); s31 = madd(x, q, s31);
    p = v128.load(b, 64); q = v128.load(b, 80); x = v128.load_splat<f32>(a0, 8);
    s00 = madd(x, p, s00); s01 = madd(x, q, s01); x = v128.load_splat<f32>(a1, 8);
    s10 = madd(x, p, s10); s11 = madd(x, q, s11); x = v128.load_splat<f32>(a2, 8);
    s20 = madd(x, p, s20); s21 = madd(x, q, s21); x = v128.load_splat<f32>(a3, 8);
    s30 = madd(x, p, s30); s31 = madd(x, q, s31);
    p = v128.load(b, 96); q = v128.load(b, 112); x = v128.load_splat<f32>(a0, 12);
    s00 = madd(x, p, s00); s01 = madd(x, q, s01); x = v128.load_splat<f32>(a1, 12);
    s10 = madd(x, p, s10); s11 = madd(x, q, s11); x = v128.load_splat<f32>(a2, 12);
    s20 = madd(x, p, s20); s21 = madd(x, q, s21); x = v128.load_splat<f32>(a3, 12);
    s30 = madd(x, p, s30); s31 = madd(x, q, s31);
    a0 += 16; a1 += 16; a2 += 16; a3 += 16; b += 128;
  }
  for (; k > 0; k--) {
    const p = v128.load(b), q = v128.load(b, 16);
    let x = v128.load_splat<f32>(a0);
    s00 = madd(x, p, s00); s01 = madd(x, q, s01); x = v128.load_splat<f32>(a1);
    s10 = madd(x, p, s10); s11 = madd(x, q, s11); x = v128.load_splat<f32>(a2);
    s20 = madd(x, p, s20); s21 = madd(x, q, s21); x = v128.load_splat<f32>(a3);
    s30 = madd(x, p, s30); s31 = madd(x, q, s31);
    a0 += 4; a1 += 4; a2 += 4; a3 += 4; b += 32;
  }
  v128.store(out, s00); v128.store(out, s01, 16); out += outStride;
  v128.store(out, s10); v128.store(out, s11, 16); out += outStride;
  v128.store(out, s20); v128.store(out, s21, 16); out += outStride;
  v128.store(out, s30); v128.store(out, s31, 16);
}

/** The same tile from a packed panel of A: four rows side by side at each k. */
function tilePacked(a: usize, b: usize, kc: i32, init: usize, initStride: usize, out: usize, outStride: usize): void {
  let s00 = v128.load(init), s01 = v128.load(init, 16); init += initStride;
  let s10 = v128.load(init), s11 = v128.load(init, 16); init += initStride;
  let s20 = v128.load(init), s21 = v128.load(init, 16); init += initStride;
  let s30 = v128.load(init), s31 = v128.load(init, 16);
  let k = kc;
  for (; k >= 2; k -= 2) {
    let p = v128.load(b), q = v128.load(b, 16), x = v128.load_splat<f32>(a);
    s00 = madd(x, p, s00); s01 = madd(x, q, s01); x = v128.load_splat<f32>(a, 4);
    s10 = madd(x, p, s10); s11 = madd(x, q, s11); x = v128.load_splat<f32>(a, 8);
    s20 = madd(x, p, s20); s21 = madd(x, q, s21); x = v128.load_splat<f32>(a, 12);
    s30 = madd(x, p, s30); s31 = madd(x, q, s31);
    p = v128.load(b, 32); q = v128.load(b, 48); x = v128.load_splat<f32>(a, 16);
    s00 = madd(x, p, s00); s01 = madd(x, q, s01); x = v128.load_splat<f32>(a, 20);
    s10 = madd(x, p, s10); s11 = madd(x, q, s11); x = v128.load_splat<f32>(a, 24);
    s20 = madd(x, p, s20); s21 = madd(x, q, s21); x = v128.load_splat<f32>(a, 28);
    s30 = madd(x, p, s30); s31 = madd(x, q, s31);
    a += 32; b += 64;
  }
  if (k) {
    const p = v128.load(b), q = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    s00 = madd(x, p, s00); s01 = madd(x, q, s01); x = v128.load_splat<f32>(a, 4);
    s10 = madd(x, p, s10); s11 = madd(x, q, s11); x = v128.load_splat<f32>(a, 8);
    s20 = madd(x, p, s20); s21 = madd(x, q, s21); x = v128.load_splat<f32>(a, 12);
    s30 = madd(x, p, s30); s31 = madd(x, q, s31);
  }
  v128.store(out, s00); v128.store(out, s01, 16); out += outStride;
  v128.store(out, s10); v128.store(out, s11, 16); out += outStride;
  v128.store(out, s20); v128.store(out, s21, 16); out += outStride;
  v128.store(out, s30); v128.store(out, s31, 16);
}

function copyPart(from: usize, fromStride: usize, to: usize, toStride: usize, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r++) {
    memory.copy(to, from, bytes(columns));
    from += fromStride; to += toStride;
  }
}

/**
 * C[m0..m1, j0..j1] = op(A) · packed B (+ bias). Leading dimensions in floats; j0 is a multiple of 8.
 * @param bias N floats padded to a multiple of 8, or 0 for none
 * @param scratch `gemmScratch()` bytes
 */
export function gemm(a: usize, lda: i32, tA: i32, packed: usize, bias: usize, c: usize, ldc: i32, K: i32, N: i32, m0: i32, m1: i32, j0: i32, j1: i32, scratch: usize): void {
  const rowA = bytes(lda), rowC = bytes(ldc);
  const tile = scratch, zero = scratch + TILE_BYTES, panelA = scratch + 2 * TILE_BYTES;
  v128.store(zero, splat(0));
  v128.store(zero, splat(0), 16);
  if (K == 0) {
    for (let i = m0; i < m1; i++)
      for (let j = j0; j < min(j1, N); j++) store<f32>(c + <usize>i * rowC + bytes(j), bias ? load<f32>(bias + bytes(j)) : 0);
    return;
  }
  for (let k0 = 0; k0 < K; k0 += KC) {
    const kc = min(KC, K - k0);
    for (let mb = m0; mb < m1; mb += MC) {
      const mEnd = min(mb + MC, m1);
      if (tA) packA(a + <usize>k0 * rowA + bytes(mb), lda, mEnd - mb, kc, panelA);
      for (let j = j0; j < j1; j += 8) {
        const panel = packed + bytes(j) * <usize>K + (<usize>k0 << 5);
        const columns = min(8, N - j);
        for (let i = mb; i < mEnd; i += 4) {
          const rows = min(4, mEnd - i);
          const target = c + <usize>i * rowC + bytes(j);
          const whole = rows == 4 && columns == 8;
          let init = target, initStride = rowC, out = target, outStride = rowC;
          if (k0 == 0) {
            init = bias ? bias + bytes(j) : zero;
            initStride = 0;
          } else if (!whole) {
            copyPart(target, rowC, tile, 32, rows, columns);
            init = tile; initStride = 32;
          }
          if (!whole) { out = tile; outStride = 32; }
          if (tA) tilePacked(panelA + bytes(i - mb) * <usize>kc, panel, kc, init, initStride, out, outStride);
          else {
            const a0 = a + <usize>i * rowA + bytes(k0);
            const a1 = rows > 1 ? a0 + rowA : a0;
            const a2 = rows > 2 ? a1 + rowA : a1;
            const a3 = rows > 3 ? a2 + rowA : a2;
            tileRows(a0, a1, a2, a3, panel, kc, init, initStride, out, outStride);
          }
          if (!whole) copyPart(tile, 32, target, rowC, rows, columns);
        }
      }
    }
  }
}

/**
 * Batched product C[q] = op(A[q]) · op(B[q]) (+ bias[q]) for q in q0..q1; batch strides in floats, 0 where shared.
 * @param scratch packed B (`packedSize` floats), the padded bias (N rounded up to 8 floats), then `gemmScratch()` bytes
 */
export function batchedMatMul(a: usize, strideA: i32, tA: i32, b: usize, strideB: i32, tB: i32, bias: usize, strideBias: i32, c: usize, M: i32, K: i32, N: i32, q0: i32, q1: i32, scratch: usize): void {
  const wide = (N + 7) & ~7;
  const paddedBias = scratch + bytes(packedSize(K, N));
  const rest = paddedBias + bytes(wide);
  for (let q = q0; q < q1; q++) {
    if (q == q0 || strideB) packB(b + bytes(q) * <usize>strideB, tB ? K : N, K, N, tB, 0, wide, scratch);
    if (bias && (q == q0 || strideBias)) {
      memory.fill(paddedBias, 0, bytes(wide));
      memory.copy(paddedBias, bias + bytes(q) * <usize>strideBias, bytes(N));
    }
    gemm(a + bytes(q) * <usize>strideA, tA ? M : K, tA, scratch, bias ? paddedBias : 0, c + bytes(q) * <usize>(M * N), N, K, N, 0, M, 0, wide, rest);
  }
}
