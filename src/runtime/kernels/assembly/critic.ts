// The statistical network T of a dependency (fusion/dependency/critic.ts), one member at a time: what it says of true
// and of shuffled tuples, what it and its inputs get from what is climbed (fusion/dependency/bounds.ts), and its steps.
// A shuffle moves rows round, so V x is made once a sample and modality; a tuple's hidden layer is a sum of such rows.
import { addLogSingularGradient, logSingularValue, takeGram } from './gram';
import { addressOf, decayOf, firstOf, ownOf, PARAMETER_WORDS, realOf, secondOf, sizeOf, sizesBefore, take, takeFrom, taken, wordOf } from './plan';
import { adamStep } from './pointwise';
import { addOuter, addRows, product, productWithTransposed, takeRoom } from './products';
import { firstLanes } from './rows';
import { bytes, constants, expNonPositive, loadPart, madd, sigmoid, splat, storePart, sumLanes } from './simd';

// Words of the plan, as `kernels/critic.ts` writes them.
const SAMPLES = 0, MODALITIES = 1, HIDDEN = 2, LIPSCHITZ = 3, SHUFFLES = 4, CLIMBS = 5, SHIFTS = 6, AVERAGES = 7, VIEWS = 8, ROWS = 9, SCORES = 10;
const LAMBDA = 11, LIMIT = 12, NEWEST = 13, BETA1 = 14, BETA2 = 15, EPSILON = 16, GRAM_STEPS = 17, PARAMETERS = 18;
// Parameters in the order of `criticParameters`.
const MIX = 0, MIX_BIAS = 1, OUT = 2, OUT_BIAS = 3, COUNT = 4;
/** The width of each modality, then of each climb the rate and its correction. */
const WIDTHS = PARAMETERS + PARAMETER_WORDS * COUNT;

let plan: usize = 0, parameters: usize = 0, n = 0, modalities = 0, hidden = 0, width = 0, shuffles = 0, lipschitz = false;
let gradients: usize = 0, views: usize = 0, viewSlopes: usize = 0, parts: usize = 0, partSlopes: usize = 0;
let rest: usize = 0, restSlopes: usize = 0, joint: usize = 0, shuffled: usize = 0;
/** Wasserstein's: 1 over what T's slope never exceeds, 1/‖w‖², and the value that is climbed. */
let overBound: f32 = 0, overNorm: f32 = 0, climbed: f32 = 0;
/** E'[eᵗ] of the batch. */
let exponential: f32 = 0;

// @ts-ignore: decorator
@inline
function widthOf(modality: i32): i32 {
  return wordOf(plan, WIDTHS + modality);
}
/** Columns before a modality's own. */
function before(modality: i32): i32 {
  let columns = 0;
  for (let m = 0; m < modality; m++) columns += widthOf(m);
  return columns;
}
/** [n, width of the modality]: what T reads of it. */
export function viewOf(modality: i32): usize {
  return views + bytes(n * before(modality));
}
/** Likewise: the gradient that `slopesOfViews` made. */
export function viewSlopesOf(modality: i32): usize {
  return viewSlopes + bytes(n * before(modality));
}
// @ts-ignore: decorator
@inline
function partOf(modality: i32): usize {
  return parts + bytes(modality * n * hidden);
}
// @ts-ignore: decorator
@inline
function partSlopesOf(modality: i32): usize {
  return partSlopes + bytes(modality * n * hidden);
}

/** Reads the plan and takes its workspace, after `takeRoom`. */
export function layOutCritic(address: usize): void {
  plan = address; parameters = plan + bytes(PARAMETERS);
  n = wordOf(plan, SAMPLES); modalities = wordOf(plan, MODALITIES); hidden = wordOf(plan, HIDDEN);
  shuffles = wordOf(plan, SHUFFLES); lipschitz = wordOf(plan, LIPSCHITZ) != 0;
  width = before(modalities);
  gradients = take(sizesBefore(parameters, COUNT));
  views = take(n * width); viewSlopes = take(n * width);
  parts = take(modalities * n * hidden); partSlopes = take(modalities * n * hidden);
  rest = take(modalities > 2 ? n * hidden : 0); restSlopes = take(modalities > 2 ? n * hidden : 0);
  joint = take(n); shuffled = take(shuffles * n);
  if (lipschitz) takeGram(width, hidden, wordOf(plan, GRAM_STEPS));
}

export function lambda(): f32 {
  return realOf(plan, LAMBDA);
}
export function climbs(): i32 {
  return wordOf(plan, CLIMBS);
}

/** Where a shuffle of a climb says by how much each modality is moved on. */
// @ts-ignore: decorator
@inline
function shiftsOf(climb: i32, shuffle: i32): usize {
  return addressOf(plan, SHIFTS) + bytes((climb * shuffles + shuffle) * modalities);
}

/** parts = V x of each modality, with the bias in the first. */
function project(g: i32): void {
  let mix = ownOf(parameters, MIX, g);
  for (let m = 0; m < modalities; m++) {
    product(viewOf(m), mix, m ? 0 : ownOf(parameters, MIX_BIAS, g), partOf(m), n, widthOf(m), hidden);
    mix += bytes(widthOf(m) * hidden);
  }
}

/** rest [n, hidden] = the parts of all modalities but the first, each moved on. @param shifts 0 for none */
function gatherRest(shifts: usize): void {
  const row = bytes(hidden);
  memory.fill(rest, 0, <usize>n * row);
  for (let m = 1; m < modalities; m++) {
    let from = shifts ? load<i32>(shifts + bytes(m)) : 0, to = rest;
    for (let s = 0; s < n; s++) {
      const part = partOf(m) + <usize>from * row;
      for (let i: usize = 0; i < row; i += 16) v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(part + i)));
      to += row;
      if (++from == n) from = 0;
    }
  }
}
/** Its gradient: back to where the rows came from. */
function spreadRest(shifts: usize): void {
  const row = bytes(hidden);
  for (let m = 1; m < modalities; m++) {
    let to = shifts ? load<i32>(shifts + bytes(m)) : 0, from = restSlopes;
    for (let s = 0; s < n; s++) {
      const part = partSlopesOf(m) + <usize>to * row;
      for (let i: usize = 0; i < row; i += 16) v128.store(part + i, f32x4.add(v128.load(part + i), v128.load(from + i)));
      from += row;
      if (++to == n) to = 0;
    }
  }
}

/** out [n] = wᵀ |V₁ x₁ + …| + b of one shuffle. @param shifts 0 for the true tuples */
function score(g: i32, shifts: usize, out: usize): void {
  const row = bytes(hidden), w = ownOf(parameters, OUT, g), bias = load<f32>(ownOf(parameters, OUT_BIAS, g));
  let others = partOf(1), at = shifts ? load<i32>(shifts + 4) : 0, first = parts;
  if (modalities > 2) { gatherRest(shifts); others = rest; at = 0; }
  for (let s = 0; s < n; s++) {
    const second = others + <usize>at * row;
    let acc = splat(0);
    for (let i: usize = 0; i < row; i += 16) acc = madd(v128.load(w + i), f32x4.abs(f32x4.add(v128.load(first + i), v128.load(second + i))), acc);
    store<f32>(out + bytes(s), sumLanes(acc) + bias);
    first += row;
    if (++at == n) at = 0;
  }
}

/** From the gradient of its scores [n] to those of the parts and of w. */
function scoreGradient(g: i32, shifts: usize, up: usize): void {
  const row = bytes(hidden), w = ownOf(parameters, OUT, g), dW = gradientOf(OUT), sign = i32x4.splat(0x80000000);
  let others = partOf(1), otherSlopes = partSlopesOf(1), at = shifts ? load<i32>(shifts + 4) : 0, first = parts, firstSlope = partSlopes;
  if (modalities > 2) {
    gatherRest(shifts);
    memory.fill(restSlopes, 0, <usize>n * row);
    others = rest; otherSlopes = restSlopes; at = 0;
  }
  for (let s = 0; s < n; s++) {
    const u = v128.load_splat<f32>(up + bytes(s)), second = others + <usize>at * row, secondSlope = otherSlopes + <usize>at * row;
    for (let i: usize = 0; i < row; i += 16) {
      const z = f32x4.add(v128.load(first + i), v128.load(second + i));
      v128.store(dW + i, madd(u, f32x4.abs(z), v128.load(dW + i)));
      const d = v128.xor(f32x4.mul(u, v128.load(w + i)), v128.and(z, sign));
      v128.store(firstSlope + i, f32x4.add(v128.load(firstSlope + i), d));
      v128.store(secondSlope + i, f32x4.add(v128.load(secondSlope + i), d));
    }
    first += row; firstSlope += row;
    if (++at == n) at = 0;
  }
  if (modalities > 2) spreadRest(shifts);
}

// @ts-ignore: decorator
@inline
function gradientOf(parameter: i32): usize {
  return gradients + bytes(sizesBefore(parameters, parameter));
}

/** `overBound` and `overNorm` of a member as it is now. */
function boundSlope(g: i32): void {
  const w = ownOf(parameters, OUT, g);
  let acc = splat(0);
  for (let i: usize = 0; i < bytes(hidden); i += 16) acc = madd(v128.load(w + i), v128.load(w + i), acc);
  const square = sumLanes(acc) + <f32>1e-12, log = <f32>logSingularValue(ownOf(parameters, MIX, g), width, hidden);
  const down = f32x4.extract_lane(expNonPositive(splat(-abs(log)), constants()), 0);
  overNorm = <f32>1 / square;
  overBound = (log > 0 ? down : <f32>1 / down) / sqrt<f32>(square);
}

/** limit · tanh(t / limit) */
// @ts-ignore: decorator
@inline
function bend(x: v128, limit: f32, t: usize): v128 {
  return f32x4.mul(splat(limit), f32x4.sub(f32x4.mul(splat(2), sigmoid(f32x4.mul(splat(2 / limit), x), t)), splat(1)));
}

/** What T says, from raw scores in their place. */
function finish(x: usize, count: i32): void {
  const whole = bytes(count & ~3), left = count & 3, t = constants(), limit = realOf(plan, LIMIT);
  for (let i: usize = 0; i < whole; i += 16)
    v128.store(x + i, lipschitz ? f32x4.mul(v128.load(x + i), splat(overBound)) : bend(v128.load(x + i), limit, t));
  if (left) {
    const last = loadPart(x + whole, left, 0);
    storePart(x + whole, lipschitz ? f32x4.mul(last, splat(overBound)) : bend(last, limit, t), left);
  }
}

/** In the place of true tuples' raw scores: `each` times the slope of the bend. */
function jointSlopes(each: f32): void {
  const whole = bytes(n & ~3), left = n & 3, t = constants(), limit = realOf(plan, LIMIT);
  for (let i: usize = 0; i < whole; i += 16) v128.store(joint + i, jointSlope(v128.load(joint + i), each, limit, t));
  if (left) storePart(joint + whole, jointSlope(loadPart(joint + whole, left, 0), each, limit, t), left);
}
// @ts-ignore: decorator
@inline
function jointSlope(x: v128, each: f32, limit: f32, t: usize): v128 {
  const b = f32x4.mul(bend(x, limit, t), splat(1 / limit));
  return f32x4.mul(splat(each), f32x4.sub(splat(1), f32x4.mul(b, b)));
}

let exponentials: v128 = i32x4.splat(0);
/** In the place of shuffled tuples' raw scores: `each` · eᵗ times the slope of the bend. Leaves E'[eᵗ] in `exponential`. */
function shuffledSlopes(each: f32): void {
  const count = shuffles * n, whole = bytes(count & ~3), left = count & 3, t = constants(), limit = realOf(plan, LIMIT);
  const all = i32x4.splat(-1);
  exponentials = splat(0);
  for (let i: usize = 0; i < whole; i += 16) v128.store(shuffled + i, shuffledSlope(v128.load(shuffled + i), each, limit, t, all));
  if (left) storePart(shuffled + whole, shuffledSlope(loadPart(shuffled + whole, left, 0), each, limit, t, firstLanes(left)), left);
  exponential = sumLanes(exponentials) / <f32>count;
}
// @ts-ignore: decorator
@inline
function shuffledSlope(x: v128, each: f32, limit: f32, t: usize, used: v128): v128 {
  const y = bend(x, limit, t), b = f32x4.mul(y, splat(1 / limit)), slope = f32x4.sub(splat(1), f32x4.mul(b, b));
  const down = expNonPositive(f32x4.neg(f32x4.abs(y)), t);
  const e = v128.bitselect(f32x4.div(splat(1), down), down, f32x4.gt(y, splat(0)));
  exponentials = f32x4.add(exponentials, v128.and(e, used));
  return f32x4.mul(f32x4.mul(splat(each), e), slope);
}

function sum(x: usize, count: i32): f32 {
  const whole = bytes(count & ~3), left = count & 3;
  let acc = splat(0);
  for (let i: usize = 0; i < whole; i += 16) acc = f32x4.add(acc, v128.load(x + i));
  if (left) acc = f32x4.add(acc, loadPart(x + whole, left, 0));
  return sumLanes(acc);
}
function fill(x: usize, count: i32, value: f32): void {
  for (let i = 0; i < count; i++) store<f32>(x + bytes(i), value);
}

/**
 * Adds `factor` times the gradient of what is climbed to the parts' slopes and to that of w, with the shuffles of a
 * climb; that of the bias b is the sum of all slopes, which the result is.
 */
function valueGradient(g: i32, climb: i32, factor: f32): f32 {
  project(g);
  score(g, 0, joint);
  for (let q = 0; q < shuffles; q++) score(g, shiftsOf(climb, q), shuffled + bytes(q * n));
  const all = shuffles * n, over = factor / <f32>n, overShuffled = -factor / <f32>all;
  if (lipschitz) {
    boundSlope(g);
    climbed = (sum(joint, n) / <f32>n - sum(shuffled, all) / <f32>all) * overBound;
    fill(joint, n, over * overBound);
    fill(shuffled, all, overShuffled * overBound);
  } else {
    jointSlopes(over);
    shuffledSlopes(overShuffled / load<f32>(addressOf(plan, AVERAGES) + bytes(g)));
  }
  memory.fill(partSlopes, 0, bytes(modalities * n * hidden));
  scoreGradient(g, 0, joint);
  for (let q = 0; q < shuffles; q++) scoreGradient(g, shiftsOf(climb, q), shuffled + bytes(q * n));
  return lipschitz ? 0 : sum(joint, n) + sum(shuffled, all);
}

/** One step of T upwards, on what `viewOf` holds. */
export function climbOnce(g: i32, climb: i32): void {
  memory.fill(gradients, 0, bytes(sizesBefore(parameters, COUNT)));
  store<f32>(gradientOf(OUT_BIAS), valueGradient(g, climb, -1));
  addRows(partSlopes, n, hidden, gradientOf(MIX_BIAS));
  let dMix = gradientOf(MIX);
  for (let m = 0; m < modalities; m++) {
    addOuter(viewOf(m), partSlopesOf(m), dMix, n, widthOf(m), hidden);
    dMix += bytes(widthOf(m) * hidden);
  }
  if (lipschitz) {
    const w = ownOf(parameters, OUT, g), dW = gradientOf(OUT), back = splat(climbed * overNorm);
    for (let i: usize = 0; i < bytes(hidden); i += 16) v128.store(dW + i, madd(back, v128.load(w + i), v128.load(dW + i)));
    addLogSingularGradient(ownOf(parameters, MIX, g), width, hidden, climbed, gradientOf(MIX));
  } else {
    const average = addressOf(plan, AVERAGES) + bytes(g), share = realOf(plan, NEWEST);
    store<f32>(average, load<f32>(average) * (1 - share) + exponential * share);
  }
  const rate = WIDTHS + modalities + 2 * climb;
  for (let i = 0; i < COUNT; i++)
    adamStep(ownOf(parameters, i, g), firstOf(parameters, i, g), secondOf(parameters, i, g), gradientOf(i), realOf(plan, BETA1), realOf(plan, BETA2), realOf(plan, rate), realOf(plan, rate + 1), realOf(plan, EPSILON), decayOf(parameters, i), 1, 0, sizeOf(parameters, i));
}

/** `viewSlopesOf` = factor · the gradient of what is climbed, by the views, with the shuffles of a climb. */
export function slopesOfViews(g: i32, climb: i32, factor: f32): void {
  valueGradient(g, climb, factor);
  let mix = ownOf(parameters, MIX, g);
  for (let m = 0; m < modalities; m++) {
    productWithTransposed(partSlopesOf(m), mix, viewSlopesOf(m), n, hidden, widthOf(m), 0);
    mix += bytes(widthOf(m) * hidden);
  }
}

/** The batch's rows of each modality of a member, from where they lie. */
function gatherViews(g: i32): void {
  const rows = addressOf(plan, ROWS);
  for (let m = 0; m < modalities; m++) {
    const from = <usize>load<u32>(addressOf(plan, VIEWS) + bytes(g * modalities + m)), size = bytes(widthOf(m));
    let to = viewOf(m);
    for (let s = 0; s < n; s++) {
      memory.copy(to, from + <usize>load<i32>(rows + bytes(s)) * size, size);
      to += size;
    }
  }
}

function layOut(address: usize, workspace: usize): usize {
  takeFrom(workspace);
  takeRoom();
  layOutCritic(address);
  return taken();
}

/** Bytes of scratch for `criticSteps` and `criticScores` with this plan. */
export function criticScratch(address: usize): i32 {
  return <i32>layOut(address, 0) + 64;
}

/** The steps of T of the members g0..g1 on a batch of rows. @param address of the plan */
export function criticSteps(address: usize, g0: i32, g1: i32, scratch: usize): void {
  layOut(address, scratch);
  for (let g = g0; g < g1; g++) {
    gatherViews(g);
    for (let climb = 0; climb < climbs(); climb++) climbOnce(g, climb);
  }
}

/** What T of the members g0..g1 says: SCORES [members, (1 + shuffles)·n], true tuples first. @param address of the plan */
export function criticScores(address: usize, g0: i32, g1: i32, scratch: usize): void {
  layOut(address, scratch);
  const all = (1 + shuffles) * n;
  for (let g = g0; g < g1; g++) {
    const out = addressOf(plan, SCORES) + bytes(g) * <usize>all;
    gatherViews(g);
    project(g);
    score(g, 0, out);
    for (let q = 0; q < shuffles; q++) score(g, shiftsOf(0, q), out + bytes((1 + q) * n));
    if (lipschitz) boundSlope(g);
    finish(out, all);
  }
}
