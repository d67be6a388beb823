/** Kernels that move or add up data: transpose, slice, concat, pad, unpack, gather, segment sums, sums and means. */
import { type KernelHost, sizeOf } from './host';
import { isFloat, type KernelCall, replaceKernel } from './register';
import * as tf from '../tf';

const isWord = (t: tf.TensorInfo) => t.dtype === 'float32' || t.dtype === 'int32';
const strides = (shape: readonly number[]): number[] => shape.map((_, i) => sizeOf(shape.slice(i + 1)));
/** The last four of `values`, filled up in front. */
const four = (values: readonly number[], fill: number): number[] =>
  [...Array<number>(4).fill(fill), ...values].slice(-4);

/**
 * Copies a box of `extent` elements between two strided layouts whose last axis is contiguous.
 * False where more than four axes are left beside the rows.
 */
function copyBox(
  host: KernelHost,
  from: number,
  fromStrides: number[],
  to: number,
  toStrides: number[],
  extent: number[],
): boolean {
  if (extent.length > 5) return false;
  const [n, s, d] = [extent.slice(0, -1), fromStrides.slice(0, -1), toStrides.slice(0, -1)];
  if (sizeOf(extent) > 0)
    host.call.copyStrided(from, to, ...four(n, 1), ...four(s, 0), ...four(d, 0), extent.at(-1) ?? 1);
  return true;
}

/** Drops axes of one element and merges axes that stay neighbours, so that few are left. */
function simplify(shape: readonly number[], perm: readonly number[]): { shape: number[]; perm: number[] } {
  const runs: number[][] = [];
  for (const axis of perm) {
    if (shape[axis] === 1) continue;
    const last = runs.at(-1);
    const follows = last && shape.slice(last.at(-1)! + 1, axis).every((n) => n === 1) && axis > last.at(-1)!;
    if (follows) last.push(axis);
    else runs.push([axis]);
  }
  const order = [...runs.keys()].sort((p, q) => runs[p][0] - runs[q][0]);
  return {
    shape: order.map((r) => sizeOf(runs[r].map((axis) => shape[axis]))),
    perm: runs.map((_, r) => order.indexOf(r)),
  };
}

function transpose(host: KernelHost, { inputs: { x }, attrs }: KernelCall): tf.TensorInfo | null {
  if (!isWord(x)) return null;
  const perm = attrs.perm as number[];
  const { shape, perm: order } = simplify(x.shape, perm);
  const rank = shape.length;
  const swapsLastTwo = rank >= 2 && order.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i));
  const keepsLast = rank <= 5 && order[rank - 1] === rank - 1;
  if (rank > 0 && !swapsLastTwo && !keepsLast) return null;
  const out = host.output(
    perm.map((axis) => x.shape[axis]),
    x.dtype,
  );
  const [from, to] = [host.address(x), host.address(out)];
  if (rank === 0) copyBox(host, from, [1], to, [1], [1]);
  else if (swapsLastTwo)
    host.call.transposeLast(from, to, sizeOf(shape.slice(0, -2)), shape[rank - 2], shape[rank - 1]);
  else {
    const source = strides(shape);
    const target = order.map((axis) => shape[axis]);
    copyBox(
      host,
      from,
      order.map((axis) => source[axis]),
      to,
      strides(target),
      target,
    );
  }
  return out;
}

function slice(host: KernelHost, { inputs: { x }, attrs }: KernelCall): tf.TensorInfo | null {
  const rank = x.shape.length;
  if (!isWord(x) || rank === 0 || rank > 5) return null;
  const [begin, size] = tf.slice_util.parseSliceParams(
    x as tf.Tensor,
    attrs.begin as number[],
    attrs.size as number[],
  );
  tf.slice_util.assertParamsValid(x as tf.Tensor, begin, size);
  const out = host.output(size, x.dtype);
  const source = strides(x.shape);
  const offset = begin.reduce((sum, b, i) => sum + b * source[i], 0);
  copyBox(host, host.address(x) + 4 * offset, source, host.address(out), strides(size), size);
  return out;
}

function pad(host: KernelHost, { inputs: { x }, attrs }: KernelCall): tf.TensorInfo | null {
  const paddings = attrs.paddings as [number, number][];
  if (x.dtype !== 'float32' || attrs.constantValue !== 0 || x.shape.length === 0 || x.shape.length > 5)
    return null;
  const out = host.zeros(x.shape.map((n, i) => paddings[i][0] + n + paddings[i][1]));
  const target = strides(out.shape);
  const offset = paddings.reduce((sum, [before], i) => sum + before * target[i], 0);
  copyBox(host, host.address(x), strides(x.shape), host.address(out) + 4 * offset, target, x.shape);
  return out;
}

function concat(host: KernelHost, inputs: tf.TensorInfo[], axis: number): tf.TensorInfo | null {
  if (!inputs.every((t) => isWord(t) && t.dtype === inputs[0].dtype)) return null;
  const at = axis < 0 ? axis + inputs[0].shape.length : axis;
  const parts = inputs.map((t) => sizeOf(t.shape.slice(at)));
  const rows = sizeOf(inputs[0].shape.slice(0, at));
  const whole = parts.reduce((a, b) => a + b, 0);
  const shape = inputs[0].shape.slice();
  shape[at] = inputs.reduce((sum, t) => sum + t.shape[at], 0);
  const out = host.output(shape, inputs[0].dtype);
  let offset = 0;
  inputs.forEach((t, i) => {
    copyBox(
      host,
      host.address(t),
      [parts[i], 1],
      host.address(out) + 4 * offset,
      [whole, 1],
      [rows, parts[i]],
    );
    offset += parts[i];
  });
  return out;
}

function unpack(host: KernelHost, { inputs: { value }, attrs }: KernelCall): tf.TensorInfo[] | null {
  if (!isWord(value)) return null;
  const at =
    (attrs.axis as number) < 0 ? (attrs.axis as number) + value.shape.length : (attrs.axis as number);
  const count = value.shape[at];
  const shape = value.shape.filter((_, i) => i !== at);
  const [rows, inner] = [sizeOf(value.shape.slice(0, at)), sizeOf(value.shape.slice(at + 1))];
  return Array.from({ length: count }, (_, i) => {
    const out = host.output(shape, value.dtype);
    copyBox(
      host,
      host.address(value) + 4 * i * inner,
      [count * inner, 1],
      host.address(out),
      [inner, 1],
      [rows, inner],
    );
    return out;
  });
}

/** The axes of a reduction in order, from 0; null where they are apart or there is nothing to reduce. */
function neighbours(x: tf.TensorInfo, raw: number | number[] | null | undefined): number[] | null {
  const rank = x.shape.length;
  const listed = raw == null ? [] : [raw].flat();
  const axes = (listed.length ? listed : [...x.shape.keys()])
    .map((a) => (a < 0 ? a + rank : a))
    .sort((a, b) => a - b);
  return !isFloat(x) || rank === 0 || axes.some((a, i) => i > 0 && a !== axes[i - 1] + 1) ? null : axes;
}

/** The largest over the last axes. */
function max(host: KernelHost, { inputs: { x }, attrs }: KernelCall): tf.TensorInfo | null {
  const axes = neighbours(x, attrs.reductionIndices as number | number[]);
  if (!axes || axes.at(-1) !== x.shape.length - 1) return null;
  const kept = x.shape.slice(0, axes[0]);
  const out = host.output(attrs.keepDims ? [...kept, ...axes.map(() => 1)] : kept);
  host.call.maxLast(host.address(x), host.address(out), sizeOf(kept), sizeOf(x.shape.slice(axes[0])));
  return out;
}

/** Sums over one run of neighbouring axes; null where the axes are apart. */
function sum(host: KernelHost, { inputs: { x }, attrs }: KernelCall): tf.TensorInfo | null {
  const axes = neighbours(x, attrs.axis as number | number[] | null | undefined);
  if (!axes) return null;
  const [first, last] = [axes[0], axes.at(-1)!];
  const outer = sizeOf(x.shape.slice(0, first));
  const middle = sizeOf(x.shape.slice(first, last + 1));
  const inner = sizeOf(x.shape.slice(last + 1));
  const shape = x.shape.flatMap((n, i) => (i < first || i > last ? [n] : attrs.keepDims ? [1] : []));
  const out = host.output(shape);
  if (inner === 1) host.call.sumLast(host.address(x), host.address(out), outer, middle);
  else {
    const perUnit = host.threads === 1 ? inner + 3 : 64;
    host.run('sumMiddle', [host.address(x), host.address(out), middle, inner, perUnit & ~3], {
      units: outer * Math.ceil(inner / (perUnit & ~3)),
      nanoseconds: 0.2 * outer * middle * inner,
    });
  }
  return out;
}

function registerRowMoves(host: KernelHost): void {
  replaceKernel(host, 'GatherV2', (host, { inputs: { x, indices }, attrs }) => {
    if (!isWord(x) || indices.dtype !== 'int32' || attrs.axis !== 0 || attrs.batchDims) return null;
    const tail = x.shape.slice(1);
    const out = host.output([...indices.shape, ...tail], x.dtype);
    host.call.gatherRows(
      host.address(x),
      x.shape[0],
      host.address(indices),
      sizeOf(indices.shape),
      sizeOf(tail),
      host.address(out),
    );
    return out;
  });
  replaceKernel(host, 'UnsortedSegmentSum', (host, { inputs: { x, segmentIds }, attrs }) => {
    if (!isFloat(x) || segmentIds.dtype !== 'int32') return null;
    const count = sizeOf(segmentIds.shape);
    const tail = x.shape.slice(segmentIds.shape.length);
    const segments = attrs.numSegments as number;
    const out = host.output([segments, ...tail]);
    host.call.segmentSum(
      host.address(x),
      host.address(segmentIds),
      count,
      sizeOf(tail),
      segments,
      host.address(out),
    );
    return out;
  });
}

export function registerMoves(host: KernelHost): void {
  // The stock kernel copies the data, and tfjs clones every tensor that a gradient needs.
  replaceKernel(host, 'Identity', (host, { inputs: { x } }) => (isWord(x) ? host.share(x) : null));
  replaceKernel(host, 'Transpose', transpose);
  replaceKernel(host, 'Slice', slice);
  replaceKernel(host, 'PadV2', pad);
  replaceKernel(host, 'Concat', (host, { inputs, attrs }) =>
    concat(host, Object.values(inputs), attrs.axis as number),
  );
  replaceKernel(host, 'Unpack', unpack);
  replaceKernel(host, 'Sum', sum);
  replaceKernel(host, 'Max', max);
  replaceKernel(host, 'Mean', (host, call) => {
    const out = sum(host, call);
    if (out)
      host.call.scale(host.address(out), sizeOf(out.shape), sizeOf(out.shape) / sizeOf(call.inputs.x.shape));
    return out;
  });
  registerRowMoves(host);
}
