/**
 * WebGPU programs for what tfjs makes of many dispatches: each is one. In tfjs's own form (a struct with the WGSL of
 * `main`), all tensors read by flat index, sizes as uniforms so that a new batch needs no new shader.
 */
import type { TensorInfo } from '../tf';

export interface Uniform {
  type: 'int32' | 'float32';
  data: number[];
}

/** What tfjs's `runWebGPUProgram` takes. */
export interface Program {
  shaderKey: string;
  variableNames: string[];
  outputShape: number[];
  dispatchLayout: { x: number[] };
  dispatch: [number, number, number];
  workgroupSize: [number, number, number];
  uniforms: string;
  getUserCode(): string;
}

export interface Call {
  program: Program;
  inputs: TensorInfo[];
  uniforms: Uniform[];
}

const LANES = 64;
const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

interface Draft {
  key: string;
  inputs: Record<string, TensorInfo>;
  shape: number[];
  workgroups: number;
  integers?: Record<string, number>;
  floats?: Record<string, number>;
  code: string;
}

function call({ key, inputs, shape, workgroups, integers = {}, floats = {}, code }: Draft): Call {
  const declared = [
    ...Object.keys(integers).map((n) => `${n} : i32`),
    ...Object.keys(floats).map((n) => `${n} : f32`),
  ];
  return {
    program: {
      shaderKey: `skewscope_${key}`,
      variableNames: Object.keys(inputs),
      outputShape: shape,
      dispatchLayout: { x: shape.map((_, i) => i) },
      dispatch: [workgroups, 1, 1],
      workgroupSize: [LANES, 1, 1],
      uniforms: declared.map((line) => `${line}, `).join(''),
      getUserCode: () => code,
    },
    inputs: Object.values(inputs),
    uniforms: [
      ...Object.values(integers).map((n): Uniform => ({ type: 'int32', data: [n] })),
      ...Object.values(floats).map((n): Uniform => ({ type: 'float32', data: [n] })),
    ],
  };
}

/** Reductions over the lanes of a workgroup; every lane must call them. */
const reductions = `
  var<workgroup> lanes : array<f32, ${LANES}>;
  fn total(value : f32) -> f32 {
    lanes[localId.x] = value;
    workgroupBarrier();
    for (var stride = ${LANES / 2}u; stride > 0u; stride = stride / 2u) {
      if (localId.x < stride) { lanes[localId.x] = lanes[localId.x] + lanes[localId.x + stride]; }
      workgroupBarrier();
    }
    let sum = lanes[0];
    workgroupBarrier();
    return sum;
  }
  fn largest(value : f32) -> f32 {
    lanes[localId.x] = value;
    workgroupBarrier();
    for (var stride = ${LANES / 2}u; stride > 0u; stride = stride / 2u) {
      if (localId.x < stride) { lanes[localId.x] = max(lanes[localId.x], lanes[localId.x + stride]); }
      workgroupBarrier();
    }
    let top = lanes[0];
    workgroupBarrier();
    return top;
  }`;

/** One workgroup a row. @param gain [W], or [G, W] for rows in G groups */
export function layerNorm(x: TensorInfo, gain: TensorInfo, bias: TensorInfo, eps: number): Call {
  const width = x.shape.at(-1)!;
  const rows = sizeOf(x.shape) / width;
  return call({
    key: 'layerNorm',
    inputs: { x, gain, bias },
    shape: x.shape,
    workgroups: rows,
    integers: { width, rows, rowsPerGroup: rows / (sizeOf(gain.shape) / width) },
    floats: { eps },
    code: `${reductions}
      fn main(index : i32) {
        let row = index / ${LANES};
        let lane = i32(localId.x);
        let start = row * uniforms.width;
        let group = row / uniforms.rowsPerGroup * uniforms.width;
        let count = select(0, uniforms.width, row < uniforms.rows);
        var sum = 0.0;
        for (var i = lane; i < count; i = i + ${LANES}) { sum = sum + x[start + i]; }
        let mean = total(sum) / f32(uniforms.width);
        var square = 0.0;
        for (var i = lane; i < count; i = i + ${LANES}) {
          let d = x[start + i] - mean;
          square = square + d * d;
        }
        let scale = 1.0 / sqrt(total(square) / f32(uniforms.width) + uniforms.eps);
        for (var i = lane; i < count; i = i + ${LANES}) {
          result[start + i] = (x[start + i] - mean) * scale * gain[group + i] + bias[group + i];
        }
      }`,
  });
}

const functions: Record<number, { value: string; slope: string }> = {
  // GELU by erf: Abramowitz & Stegun 7.1.26 on the tail.
  1: {
    value: 'return v * cdf(v);',
    slope: 'return cdf(v) + v * 0.3989422804014327 * exp(-0.5 * v * v);',
  },
  // GELU by tanh, as v σ(2u).
  2: {
    value: 'return v / (1.0 + exp(-v * (1.5957691216057308 + 0.07135481627 * v * v)));',
    slope: `
      let s = 1.0 / (1.0 + exp(-v * (1.5957691216057308 + 0.07135481627 * v * v)));
      return s + v * (1.5957691216057308 + 0.21406444881 * v * v) * s * (1.0 - s);`,
  },
  3: { value: 'return select(0.0, v, v > 0.0);', slope: 'return select(0.0, 1.0, v > 0.0);' },
};

const cdf = `
  fn cdf(v : f32) -> f32 {
    let t = 1.0 / (1.0 + 0.23164188837 * abs(v));
    let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    let tail = 0.5 * p * exp(-0.5 * v * v);
    return select(1.0 - tail, tail, v < 0.0);
  }`;

const value = (activation: number) =>
  `${cdf} fn f(v : f32) -> f32 { ${activation ? functions[activation].value : 'return v;'} }`;

/** f(x), element by element; codes as in kernels/names.ts. */
export function activation(x: TensorInfo, code: number): Call {
  const size = sizeOf(x.shape);
  return call({
    key: `activation_${code}`,
    inputs: { x },
    shape: x.shape,
    workgroups: Math.ceil(size / LANES),
    integers: { count: size },
    code: `${value(code)}
      fn main(index : i32) { if (index < uniforms.count) { result[index] = f(x[index]); } }`,
  });
}

/** dy f'(x). */
export function activationGrad(x: TensorInfo, dy: TensorInfo, code: number): Call {
  const size = sizeOf(x.shape);
  return call({
    key: `activationGrad_${code}`,
    inputs: { x, dy },
    shape: x.shape,
    workgroups: Math.ceil(size / LANES),
    integers: { count: size },
    code: `${cdf} fn slope(v : f32) -> f32 { ${functions[code].slope} }
      fn main(index : i32) {
        if (index < uniforms.count) { result[index] = dy[index] * slope(x[index]); }
      }`,
  });
}

/** f(x + bias). @param x [..., W] @param bias [W], or [G, W] for rows in G groups */
export function biasActivation(x: TensorInfo, bias: TensorInfo, code: number): Call {
  const size = sizeOf(x.shape);
  const width = x.shape.at(-1)!;
  return call({
    key: `biasActivation_${code}`,
    inputs: { x, bias },
    shape: x.shape,
    workgroups: Math.ceil(size / LANES),
    integers: { count: size, width, perGroup: size / (sizeOf(bias.shape) / width) },
    code: `${value(code)}
      fn main(index : i32) {
        if (index < uniforms.count) {
          let at = index / uniforms.perGroup * uniforms.width + index % uniforms.width;
          result[index] = f(x[index] + bias[at]);
        }
      }`,
  });
}

/** Tokens of a sample above which a query's scores do not fit a workgroup's memory. */
export const LONGEST_ATTENTION = 3072;

/** One workgroup a query of a head: its scores stay in the workgroup's memory. @param qkv [B, S, 3W] */
export function attention(
  qkv: TensorInfo,
  bias: TensorInfo | null,
  keyMask: TensorInfo | null,
  heads: number,
): Call {
  const [batch, length, width3] = qkv.shape;
  const width = width3 / 3;
  return call({
    key: `attention_${length}_${bias ? 'b' : ''}${keyMask ? 'm' : ''}`,
    inputs: { qkv, ...(bias ? { bias } : {}), ...(keyMask ? { keyMask } : {}) },
    shape: [batch, length, width],
    workgroups: batch * heads * length,
    integers: { queries: batch * heads * length, heads, width, headWidth: width / heads },
    floats: { scale: 1 / Math.sqrt(width / heads) },
    code: `${reductions}
      var<workgroup> scores : array<f32, ${length}>;
      fn main(index : i32) {
        let lane = i32(localId.x);
        let task = min(index / ${LANES}, uniforms.queries - 1);
        let query = task % ${length};
        let head = task / ${length} % uniforms.heads;
        let sample = task / ${length} / uniforms.heads;
        let row = 3 * uniforms.width;
        let first = sample * ${length} * row + head * uniforms.headWidth;
        let q = first + query * row;
        var top = -3.4e38;
        for (var j = lane; j < ${length}; j = j + ${LANES}) {
          let k = first + j * row + uniforms.width;
          var dotted = 0.0;
          for (var c = 0; c < uniforms.headWidth; c = c + 1) { dotted = dotted + qkv[q + c] * qkv[k + c]; }
          var score = dotted * uniforms.scale;
          ${bias ? `score = score + bias[(head * ${length} + query) * ${length} + j];` : ''}
          ${keyMask ? `score = score + (keyMask[sample * ${length} + j] - 1.0) * 1e9;` : ''}
          scores[j] = score;
          top = max(top, score);
        }
        let peak = largest(top);
        var sum = 0.0;
        for (var j = lane; j < ${length}; j = j + ${LANES}) {
          let e = exp(scores[j] - peak);
          scores[j] = e;
          sum = sum + e;
        }
        let inverse = 1.0 / total(sum);
        let out = (sample * ${length} + query) * uniforms.width + head * uniforms.headWidth;
        for (var c = lane; c < uniforms.headWidth; c = c + ${LANES}) {
          var mixed = 0.0;
          for (var j = 0; j < ${length}; j = j + 1) {
            mixed = mixed + scores[j] * qkv[first + j * row + 2 * uniforms.width + c];
          }
          result[out + c] = mixed * inverse;
        }
      }`,
  });
}
