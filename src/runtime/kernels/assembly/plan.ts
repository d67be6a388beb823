// How a kernel reads its plan, and parts its workspace. A plan is words of four bytes; of each parameter it says where
// the values and moments of all members lie, how many one member has, and how much of a weight decays in a step.
import { bytes } from './simd';

/** Words of a parameter: addresses of values, first and second moments, size of one member, decay. */
const VALUES = 0, FIRST = 1, SECOND = 2, SIZE = 3, DECAY = 4;
export const PARAMETER_WORDS = 5;

// @ts-ignore: decorator
@inline
export function wordOf(plan: usize, i: i32): i32 {
  return load<i32>(plan + bytes(i));
}
// @ts-ignore: decorator
@inline
export function realOf(plan: usize, i: i32): f32 {
  return load<f32>(plan + bytes(i));
}
// @ts-ignore: decorator
@inline
export function addressOf(plan: usize, i: i32): usize {
  return <usize>load<u32>(plan + bytes(i));
}
/** Floats of a parameter; `parameters` is where the plan's words of the first begin. */
// @ts-ignore: decorator
@inline
export function sizeOf(parameters: usize, parameter: i32): i32 {
  return wordOf(parameters, PARAMETER_WORDS * parameter + SIZE);
}
/** Address of a member's values, or with `what` of its moments. */
// @ts-ignore: decorator
@inline
export function ownOf(parameters: usize, parameter: i32, member: i32, what: i32 = VALUES): usize {
  return addressOf(parameters, PARAMETER_WORDS * parameter + what) + bytes(member) * <usize>sizeOf(parameters, parameter);
}
// @ts-ignore: decorator
@inline
export function firstOf(parameters: usize, parameter: i32, member: i32): usize {
  return ownOf(parameters, parameter, member, FIRST);
}
// @ts-ignore: decorator
@inline
export function secondOf(parameters: usize, parameter: i32, member: i32): usize {
  return ownOf(parameters, parameter, member, SECOND);
}
// @ts-ignore: decorator
@inline
export function decayOf(parameters: usize, parameter: i32): f32 {
  return realOf(parameters, PARAMETER_WORDS * parameter + DECAY);
}
/** Floats of the first `count` parameters: where the gradient of the next one lies among those of a member. */
export function sizesBefore(parameters: usize, count: i32): i32 {
  let all = 0;
  for (let i = 0; i < count; i++) all += sizeOf(parameters, i);
  return all;
}

let next: usize = 0;
/** Where `take` begins. */
export function takeFrom(workspace: usize): void {
  next = (workspace + 63) & ~63;
}
/** The next `count` floats of the workspace, from a cache line on. */
export function take(count: i32): usize {
  const at = next;
  next = (next + bytes(count) + 63) & ~63;
  return at;
}
/** The end of what was taken. */
export function taken(): usize {
  return next;
}
