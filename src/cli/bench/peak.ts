/** The most that one thread's 128-bit SIMD can do: multiply-adds that never leave the registers. */
import asc from 'assemblyscript/asc';
import { hasRelaxedSimd } from '../../runtime/kernels';

/** Independent sums, so that each waits only for itself: latency × throughput of a fused multiply-add is 8 to 10. */
const chains = 12;

const source = (fused: boolean) => {
  const each = (line: (c: number) => string) => Array.from({ length: chains }, (_, c) => line(c)).join('\n');
  const step = (c: number) =>
    fused ? `s${c} = f32x4.relaxed_madd(x, y, s${c});` : `s${c} = f32x4.add(f32x4.mul(x, y), s${c});`;
  return `
    export function run(rounds: i32, x0: f32): f32 {
      let x = f32x4.splat(x0);
      let y = f32x4.splat(0.5);
      ${each((c) => `let s${c} = f32x4.splat(${c}.0);`)}
      for (let r = 0; r < rounds; r++) {
        ${[0, 1, 2, 3].map(() => each(step)).join('\n')}
      }
      let sum = s0;
      ${each((c) => (c ? `sum = f32x4.add(sum, s${c});` : ''))}
      return f32x4.extract_lane(sum, 0);
    }`;
};

/** @returns a function that runs once and gives GFLOP/s */
export async function peakLoop(): Promise<() => number> {
  const fused = hasRelaxedSimd();
  const { binary, stderr, error } = await asc.compileString(source(fused), {
    optimizeLevel: 3,
    runtime: 'stub',
    noAssert: true,
    enable: fused ? ['simd', 'relaxed-simd'] : ['simd'],
  });
  if (!binary) throw new Error(`The peak loop does not compile: ${error?.message ?? stderr.toString()}`);
  const imports = { env: { abort: () => undefined } };
  const { instance } = await WebAssembly.instantiate(binary as BufferSource, imports);
  const run = instance.exports.run as (rounds: number, x: number) => number;
  const rounds = 400_000;
  return () => {
    const from = performance.now();
    run(rounds, 1e-3);
    const ms = performance.now() - from;
    return (rounds * 4 * chains * 4 * 2) / ms / 1e6;
  };
}
