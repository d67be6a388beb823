// A head's dependency penalty (fusion/dependency/penalty.ts): T climbs on the head's projected vectors, then says which
// way they should go. Vectors are read about their batch's mean, over their root mean square.
import { climbOnce, climbs, lambda, slopesOfViews, viewOf, viewSlopesOf } from './critic';
import { take } from './plan';
import { sumOfSquares } from './pointwise';
import { addRows } from './products';
import { bytes, madd, splat, sumLanes } from './simd';

let means: usize = 0;
let sizes: usize = 0;

/** Takes what vectors of this width need from the workspace. */
export function takePenalty(width: i32): void {
  means = take(width); sizes = take(2);
}

/** x −= the mean of its n rows, by column. */
function centre(x: usize, n: i32, width: i32): void {
  const row = bytes(width), over = splat(<f32>1 / <f32>n);
  memory.fill(means, 0, row);
  addRows(x, n, width, means);
  for (let i: usize = 0; i < row; i += 16) v128.store(means + i, f32x4.mul(over, v128.load(means + i)));
  for (let s = 0; s < n; s++) {
    for (let i: usize = 0; i < row; i += 16) v128.store(x + i, f32x4.sub(v128.load(x + i), v128.load(means + i)));
    x += row;
  }
}

/** x [n, width] about its mean, over its root mean square by element, in its place; returns that size. */
function normalise(x: usize, n: i32, width: i32): f32 {
  centre(x, n, width);
  const size = sqrt<f32>(<f32>(sumOfSquares(x, n * width) / <f64>(n * width)) + <f32>1e-8), over = splat(1 / size);
  for (let i: usize = 0; i < bytes(n * width); i += 16) v128.store(x + i, f32x4.mul(over, v128.load(x + i)));
  return size;
}

/** Its gradient, from `up` in its place, with y what `normalise` made: (up − y · mean(up y)) / size, about its mean. */
function normaliseGradient(up: usize, y: usize, size: f32, n: i32, width: i32): void {
  let dot: f64 = 0;
  for (let s = 0; s < n; s++) {
    let acc = splat(0);
    for (let i = bytes(s * width); i < bytes((s + 1) * width); i += 16) acc = madd(v128.load(up + i), v128.load(y + i), acc);
    dot += <f64>sumLanes(acc);
  }
  const along = splat(<f32>(dot / <f64>(n * width))), over = splat(1 / size);
  for (let i: usize = 0; i < bytes(n * width); i += 16)
    v128.store(up + i, f32x4.mul(over, f32x4.sub(v128.load(up + i), f32x4.mul(along, v128.load(y + i)))));
  centre(up, n, width);
}

/** From p(a) and p(b) [n, width] in `viewOf` to the penalty's gradients by them, in `viewSlopesOf`. */
export function penalise(head: i32, n: i32, width: i32): void {
  for (let m = 0; m < 2; m++) store<f32>(sizes + bytes(m), normalise(viewOf(m), n, width));
  const count = climbs();
  for (let climb = 0; climb < count; climb++) climbOnce(head, climb);
  slopesOfViews(head, count, -lambda());
  for (let m = 0; m < 2; m++) normaliseGradient(viewSlopesOf(m), viewOf(m), load<f32>(sizes + bytes(m)), n, width);
}
