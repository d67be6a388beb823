// Matrix products, C = op(A) · op(B): register tiles of 6 x 8 (4 x 8 without fused multiply-add, which would spill),
// B in panels of 8 columns. Blocking after Goto & van de Geijn, "Anatomy of high-performance matrix multiplication" (2008).
import { activate } from './pointwise';
import { bytes, madd, splat } from './simd';

/** Depth of a block: a panel of B (KC x 8) and a tile's rows of A stay in the first-level cache. */
const KC = 384;
/** Floats of a block of A, which stays in the second-level cache. */
const BLOCK_A = 147456;
/** For fewer rows a panel of B is read where it lies: packing would cost more than it saves. */
const ROWS_WORTH_PACKING = 128;
/** From this many floats on a matrix's rows are a page of memory each, and to go down a column is slow. */
const LONG_ROW = 1024;
/** The same as above for a B of long rows. */
const ROWS_WORTH_PACKING_LONG = 12;
const TILE_BYTES: usize = 192;
/** Rows of a tile. V8 keeps 15 vector registers: 12 sums, two of B and one of A fit, but no product beside them. */
const ROWS = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** Floats that `packB` writes for a K x N matrix. */
export function packedSize(K: i32, N: i32): i32 {
  return K * ((N + 7) & ~7);
}

/** Bytes of scratch that `gemm` needs: two tiles, a panel of B, a block of A. */
export function gemmScratch(): i32 {
  return 2 * <i32>TILE_BYTES + KC * 32 + BLOCK_A * 4 + 64;
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

/** Packs rows k0..k0+K of the panel of op(B) at column j, zero-padded to 8 columns; `ldb` in floats. */
function packPanel(b: usize, ldb: i32, tB: i32, k0: i32, K: i32, j: i32, columns: i32, panel: usize): void {
  const row = bytes(ldb);
  let s = tB ? b + <usize>j * row + bytes(k0) : b + <usize>k0 * row + bytes(j);
  if (columns < 8) {
    for (let k: usize = 0; k < <usize>K << 5; k += 16) v128.store(panel + k, splat(0));
    const step = tB ? <usize>4 : row, next = tB ? row : <usize>4;
    for (let c = 0; c < columns; c++) {
      let p = s, q = panel + bytes(c);
      for (let k = 0; k < K; k++) { store<f32>(q, load<f32>(p)); p += step; q += 32; }
      s += next;
    }
  } else if (tB) {
    packFourTransposed(s, s + row, s + 2 * row, s + 3 * row, panel, K);
    s += 4 * row;
    packFourTransposed(s, s + row, s + 2 * row, s + 3 * row, panel + 16, K);
  } else {
    for (let k = 0; k < K; k++) {
      v128.store(panel, v128.load(s));
      v128.store(panel, v128.load(s, 16), 16);
      panel += 32; s += row;
    }
  }
}

/** Packs all of op(B), K x N, for use as a constant: B is [K, N], or [N, K] where `tB`. */
export function packB(b: usize, ldb: i32, tB: i32, K: i32, N: i32, packed: usize): void {
  for (let j = 0; j < N; j += 8) packPanel(b, ldb, tB, 0, K, j, min(8, N - j), packed + bytes(j) * <usize>K);
}

/** Packs a block of Aᵀ (A is [K, M], row stride `lda` floats) in strips of ROWS rows; what is beyond m stays unset. */
function packA(a: usize, lda: i32, m: i32, depth: i32, out: usize): void {
  const row = bytes(lda);
  for (let i = 0; i < m; i += ROWS) {
    let s = a + bytes(i), q = out + bytes(i) * <usize>depth;
    if (i + ROWS <= m) {
      for (let k = 0; k < depth; k++) {
        v128.store(q, v128.load(s));
        if (ROWS == 6) store<u64>(q, load<u64>(s, 16), 16);
        s += row; q += ROWS * 4;
      }
    } else {
      const rest = m - i;
      for (let k = 0; k < depth; k++) {
        for (let r = 0; r < rest; r++) store<f32>(q + bytes(r), load<f32>(s + bytes(r)));
        s += row; q += ROWS * 4;
      }
    }
  }
}

/** Six rows by eight columns: out[r] = init[r] + Σ_k A[r, k] B[k]; strides and steps in bytes. */
function tile6(a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, a5: usize, stepA: usize, b: usize, stepB: usize, depth: i32, init: usize, initStride: usize, out: usize, outStride: usize): void {
  let s0 = v128.load(init), t0 = v128.load(init, 16); init += initStride;
  let s1 = v128.load(init), t1 = v128.load(init, 16); init += initStride;
  let s2 = v128.load(init), t2 = v128.load(init, 16); init += initStride;
  let s3 = v128.load(init), t3 = v128.load(init, 16); init += initStride;
  let s4 = v128.load(init), t4 = v128.load(init, 16); init += initStride;
  let s5 = v128.load(init), t5 = v128.load(init, 16);
  for (let k = depth; k > 0; k--) {
    const p = v128.load(b), q = v128.load(b, 16);
    let x = v128.load_splat<f32>(a0); s0 = madd(x, p, s0); t0 = madd(x, q, t0);
    x = v128.load_splat<f32>(a1); s1 = madd(x, p, s1); t1 = madd(x, q, t1);
    x = v128.load_splat<f32>(a2); s2 = madd(x, p, s2); t2 = madd(x, q, t2);
    x = v128.load_splat<f32>(a3); s3 = madd(x, p, s3); t3 = madd(x, q, t3);
    x = v128.load_splat<f32>(a4); s4 = madd(x, p, s4); t4 = madd(x, q, t4);
    x = v128.load_splat<f32>(a5); s5 = madd(x, p, s5); t5 = madd(x, q, t5);
    a0 += stepA; a1 += stepA; a2 += stepA;
    a3 += stepA; a4 += stepA; a5 += stepA;
    b += stepB;
  }
  v128.store(out, s0); v128.store(out, t0, 16); out += outStride;
  v128.store(out, s1); v128.store(out, t1, 16); out += outStride;
  v128.store(out, s2); v128.store(out, t2, 16); out += outStride;
  v128.store(out, s3); v128.store(out, t3, 16); out += outStride;
  v128.store(out, s4); v128.store(out, t4, 16); out += outStride;
  v128.store(out, s5); v128.store(out, t5, 16);
}

/** Four rows by eight columns: out[r] = init[r] + Σ_k A[r, k] B[k]; strides and steps in bytes. */
function tile4(a0: usize, a1: usize, a2: usize, a3: usize, stepA: usize, b: usize, stepB: usize, depth: i32, init: usize, initStride: usize, out: usize, outStride: usize): void {
  let s0 = v128.load(init), t0 = v128.load(init, 16); init += initStride;
  let s1 = v128.load(init), t1 = v128.load(init, 16); init += initStride;
  let s2 = v128.load(init), t2 = v128.load(init, 16); init += initStride;
  let s3 = v128.load(init), t3 = v128.load(init, 16);
  for (let k = depth; k > 0; k--) {
    const p = v128.load(b), q = v128.load(b, 16);
    let x = v128.load_splat<f32>(a0); s0 = madd(x, p, s0); t0 = madd(x, q, t0);
    x = v128.load_splat<f32>(a1); s1 = madd(x, p, s1); t1 = madd(x, q, t1);
    x = v128.load_splat<f32>(a2); s2 = madd(x, p, s2); t2 = madd(x, q, t2);
    x = v128.load_splat<f32>(a3); s3 = madd(x, p, s3); t3 = madd(x, q, t3);
    a0 += stepA; a1 += stepA; a2 += stepA;
    a3 += stepA;
    b += stepB;
  }
  v128.store(out, s0); v128.store(out, t0, 16); out += outStride;
  v128.store(out, s1); v128.store(out, t1, 16); out += outStride;
  v128.store(out, s2); v128.store(out, t2, 16); out += outStride;
  v128.store(out, s3); v128.store(out, t3, 16);
}

/** Two rows by eight columns: out[r] = init[r] + Σ_k A[r, k] B[k]; strides and steps in bytes. */
function tile2(a0: usize, a1: usize, stepA: usize, b: usize, stepB: usize, depth: i32, init: usize, initStride: usize, out: usize, outStride: usize): void {
  let s0 = v128.load(init), t0 = v128.load(init, 16); init += initStride;
  let s1 = v128.load(init), t1 = v128.load(init, 16);
  for (let k = depth; k > 0; k--) {
    const p = v128.load(b), q = v128.load(b, 16);
    let x = v128.load_splat<f32>(a0); s0 = madd(x, p, s0); t0 = madd(x, q, t0);
    x = v128.load_splat<f32>(a1); s1 = madd(x, p, s1); t1 = madd(x, q, t1);
    a0 += stepA; a1 += stepA;
    b += stepB;
  }
  v128.store(out, s0); v128.store(out, t0, 16); out += outStride;
  v128.store(out, s1); v128.store(out, t1, 16);
}

function copyPart(from: usize, fromStride: usize, to: usize, toStride: usize, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r++) {
    for (let c: usize = 0; c < bytes(columns); c += 4) store<f32>(to + c, load<f32>(from + c));
    from += fromStride; to += toStride;
  }
}

/** One column panel of C over the rows of a block: tiles of 6 (or 4), then what is left. Offsets and strides in bytes. */
// @ts-ignore: decorator
@inline
function panelOfC(a: usize, rowA: usize, stepA: usize, strip: usize, b: usize, stepB: usize, depth: i32, init: usize, initStride: usize, c: usize, rowC: usize, m: i32, columns: i32, tile: usize): void {
  for (let i = 0; i < m; i += ROWS) {
    const rows = min(ROWS, m - i);
    // A packed block lies in strips of ROWS rows; otherwise rows follow each other.
    const a0 = strip ? a + <usize>(i / ROWS) * strip : a + <usize>i * rowA;
    const a1 = rows > 1 ? a0 + rowA : a0, a2 = rows > 2 ? a1 + rowA : a1, a3 = rows > 3 ? a2 + rowA : a2;
    const target = c + <usize>i * rowC;
    let start = init, startStride = initStride, out = target, outStride = rowC;
    if (initStride) start = init + <usize>i * rowC;
    const whole = columns == 8 && (rows & 1) == 0;
    if (!whole) {
      if (initStride) {
        copyPart(start, rowC, tile, 32, rows, columns);
        start = tile; startStride = 32;
      }
      out = tile; outStride = 32;
    }
    if (ROWS == 6 && rows > 4) {
      const a4 = a3 + rowA, a5 = rows > 5 ? a4 + rowA : a4;
      tile6(a0, a1, a2, a3, a4, a5, stepA, b, stepB, depth, start, startStride, out, outStride);
    } else if (rows > 2) tile4(a0, a1, a2, a3, stepA, b, stepB, depth, start, startStride, out, outStride);
    else tile2(a0, a1, stepA, b, stepB, depth, start, startStride, out, outStride);
    if (!whole) copyPart(tile, 32, target, rowC, rows, columns);
  }
}

/**
 * C[m0..m1, j0..j1] = op(A) · op(B) (+ bias). Leading dimensions in floats; j0 is a multiple of 8.
 * @param b [K, N], or [N, K] where `tB`; 0 where `packed` holds what `packB` made
 * @param bias N floats, or 0 for none
 * @param scratch `gemmScratch()` bytes
 * @param adds whether the product is added to what C holds; then without a bias
 */
export function gemm(a: usize, lda: i32, tA: i32, b: usize, ldb: i32, tB: i32, packed: usize, bias: usize, c: usize, ldc: i32, K: i32, N: i32, m0: i32, m1: i32, j0: i32, j1: i32, scratch: usize, adds: i32 = 0): void {
  const rowA = bytes(lda), rowC = bytes(ldc);
  const tile = scratch, edge = tile + TILE_BYTES, panelB = edge + TILE_BYTES, blockA = panelB + KC * 32;
  v128.store(edge, splat(0));
  v128.store(edge, splat(0), 16);
  if (K == 0) {
    if (!adds) for (let i = m0; i < m1; i++)
      for (let j = j0; j < min(j1, N); j++) store<f32>(c + <usize>i * rowC + bytes(j), bias ? load<f32>(bias + bytes(j)) : 0);
    return;
  }
  const direct = !packed && !tB && m1 - m0 < (ldb > LONG_ROW ? ROWS_WORTH_PACKING_LONG : ROWS_WORTH_PACKING);
  const packsA = tA && lda >= LONG_ROW && K * lda > 8192;
  const depth = (K + (K + KC - 1) / KC - 1) / ((K + KC - 1) / KC);
  const blockRows = BLOCK_A / depth / 12 * 12;
  for (let k0 = 0; k0 < K; k0 += depth) {
    const kc = min(depth, K - k0);
    for (let mb = m0; mb < m1; mb += blockRows) {
      const m = min(blockRows, m1 - mb);
      if (packsA) packA(a + <usize>k0 * rowA + bytes(mb), lda, m, kc, blockA);
      for (let j = j0; j < min(j1, N); j += 8) {
        const columns = min(8, N - j);
        let panel = packed + bytes(j) * <usize>K + (<usize>k0 << 5), stepB: usize = 32;
        if (direct && columns == 8) {
          panel = b + bytes(k0) * <usize>ldb + bytes(j);
          stepB = bytes(ldb);
        } else if (!packed) {
          packPanel(b, ldb, tB, k0, kc, j, columns, panelB);
          panel = panelB;
        }
        let init = c + <usize>mb * rowC + bytes(j), initStride = rowC;
        if (k0 == 0 && !adds) {
          initStride = 0;
          init = bias ? bias + bytes(j) : edge;
          if (bias && columns < 8) {
            copyPart(init, 0, edge, 0, 1, columns);
            init = edge;
          }
        }
        const out = c + <usize>mb * rowC + bytes(j);
        if (packsA) panelOfC(blockA, 4, ROWS * 4, bytes(kc) * ROWS, panel, stepB, kc, init, initStride, out, rowC, m, columns, tile);
        else if (tA) panelOfC(a + bytes(k0) * <usize>lda + bytes(mb), 4, rowA, 0, panel, stepB, kc, init, initStride, out, rowC, m, columns, tile);
        else panelOfC(a + <usize>mb * rowA + bytes(k0), rowA, 4, 0, panel, stepB, kc, init, initStride, out, rowC, m, columns, tile);
      }
    }
  }
}

/**
 * Batched product C[q] = f(op(A[q]) · op(B[q]) + bias[q]), cut into units of rowsPerUnit x columnsPerUnit of one batch:
 * this call makes the units u0..u1. Batch strides in floats, 0 where shared; columnsPerUnit is a multiple of 8.
 * @param packed what `packB` made of B, or 0
 * @param activation code of f, as in pointwise.ts
 * @param scratch `gemmScratch()` bytes
 */
export function matMul(a: usize, strideA: i32, tA: i32, b: usize, strideB: i32, tB: i32, packed: usize, bias: usize, strideBias: i32, c: usize, M: i32, K: i32, N: i32, activation: i32, rowsPerUnit: i32, columnsPerUnit: i32, u0: i32, u1: i32, scratch: usize): void {
  const down = (M + rowsPerUnit - 1) / rowsPerUnit, across = (N + columnsPerUnit - 1) / columnsPerUnit;
  for (let u = u0; u < u1; u++) {
    const q = u / (down * across), m0 = (u / across) % down * rowsPerUnit, j0 = u % across * columnsPerUnit;
    const m1 = min(m0 + rowsPerUnit, M), j1 = min(j0 + columnsPerUnit, N);
    const out = c + bytes(q) * <usize>(M * N);
    gemm(a + bytes(q) * <usize>strideA, tA ? M : K, tA, b + bytes(q) * <usize>strideB, tB ? K : N, tB, packed, bias ? bias + bytes(q) * <usize>strideBias : 0, out, N, K, N, m0, m1, j0, j1, scratch);
    if (activation) for (let i = m0; i < m1; i++) {
      const row = out + bytes(i) * <usize>N;
      activate(row, row, activation, j0, j1);
    }
  }
}
