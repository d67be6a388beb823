/** Layer norm, activations, cross-entropy, attention: the kernels tfjs does not have, or has slowly. */
import type { TensorInfo } from '../tf';
import { type KernelHost, sizeOf } from './host';
import * as names from './names';
import { isFloat, replaceKernel } from './register';

/** About how long one thread takes for one element; only decides how work is shared. */
const NS = { norm: 0.6, normGrad: 1, activation: 1.6, softmax: 1.6, attention: 1.2 };
const ACTIVATION_ALIGN = 1024;

function registerLayerNorm(host: KernelHost): void {
  replaceKernel(host, names.LAYER_NORM, (host, { inputs: { x, gain, bias }, attrs }) => {
    const width = x.shape.at(-1)!;
    const rows = sizeOf(x.shape) / width;
    const out = host.output(x.shape);
    const perGroup = rows / (sizeOf(gain.shape) / width);
    const addresses = [x, gain, bias, out].map((t) => host.address(t));
    host.run('layerNorm', [...addresses, width, perGroup, attrs.eps as number], {
      units: rows,
      nanoseconds: NS.norm * rows * width,
    });
    return out;
  });
  replaceKernel(host, names.LAYER_NORM_GRAD, (host, { inputs: { x, gain, dy }, attrs }) => {
    const width = x.shape.at(-1)!;
    const rows = sizeOf(x.shape) / width;
    const groups = sizeOf(gain.shape) / width;
    const perGroup = rows / groups;
    // Threads add up the gains' gradients apart, in partial sums that never span two groups.
    const parts = host.threads > 1 && groups === 1 ? Math.min(2 * host.threads, Math.ceil(rows / 64)) : 1;
    const perPartial = Math.ceil(perGroup / Math.max(1, parts));
    const dx = host.output(x.shape);
    const partials = [0, 1].map(() => host.zeros([groups * parts, width]));
    const addresses = [x, gain, dy, dx, ...partials].map((t) => host.address(t));
    if (rows)
      host.run('layerNormGrad', [...addresses, width, perGroup, perPartial, rows, attrs.eps as number], {
        units: groups * parts,
        nanoseconds: NS.normGrad * rows * width,
      });
    if (parts === 1) return [dx, ...partials.map((t) => ({ ...t, shape: gain.shape }))];
    const sums = partials.map((partial) => {
      const out = host.output(gain.shape);
      host.call.sumMiddle(host.address(partial), host.address(out), parts, width, width + 3, 0, 1);
      host.release(partial);
      return out;
    });
    return [dx, ...sums];
  });
}

function registerActivations(host: KernelHost): void {
  const activate = (host: KernelHost, x: TensorInfo, code: number) => {
    const out = host.output(x.shape);
    const units = sizeOf(x.shape);
    host.run('activate', [host.address(x), host.address(out), code], {
      units,
      nanoseconds: NS.activation * units,
      align: ACTIVATION_ALIGN,
    });
    return out;
  };
  replaceKernel(host, names.ACTIVATION, (host, { inputs: { x }, attrs }) =>
    activate(host, x, attrs.activation as number),
  );
  replaceKernel(host, names.ACTIVATION_GRAD, (host, { inputs: { x, dy }, attrs }) => {
    const out = host.output(x.shape);
    const units = sizeOf(x.shape);
    const addresses = [x, dy, out].map((t) => host.address(t));
    host.run('activateGrad', [...addresses, attrs.activation as number], {
      units,
      nanoseconds: NS.activation * units,
      align: ACTIVATION_ALIGN,
    });
    return out;
  });
  for (const [kernel, code] of [
    ['Tanh', names.activationCode.tanh],
    ['Erf', names.activationCode.erf],
  ] as const)
    replaceKernel(host, kernel, (host, { inputs: { x } }) => (isFloat(x) ? activate(host, x, code) : null));
}

function registerCrossEntropy(host: KernelHost): void {
  replaceKernel(host, names.CROSS_ENTROPY, (host, { inputs: { logits, targets } }) => {
    const classes = logits.shape.at(-1)!;
    const rows = sizeOf(logits.shape) / classes;
    const out = host.output(logits.shape.slice(0, -1));
    host.call.crossEntropy(
      host.address(logits),
      host.address(targets),
      host.address(out),
      classes,
      sizeOf(targets.shape) / classes,
      0,
      rows,
      host.scratch(4 * classes),
    );
    return out;
  });
  replaceKernel(host, names.CROSS_ENTROPY_GRAD, (host, { inputs: { logits, targets, dy } }) => {
    const classes = logits.shape.at(-1)!;
    const rows = sizeOf(logits.shape) / classes;
    const out = host.output(logits.shape);
    host.call.crossEntropyGrad(
      host.address(logits),
      host.address(targets),
      host.address(dy),
      host.address(out),
      classes,
      sizeOf(targets.shape) / classes,
      0,
      rows,
    );
    return out;
  });
}

/** Rough time of all heads of a batch: scores and their mixing, forward. */
const attentionTime = ([batch, length, width3]: number[], heads: number) =>
  batch * length * length * (NS.attention * heads + width3 / 30) + batch * heads * 100;

function registerAttention(host: KernelHost): void {
  replaceKernel(host, names.ATTENTION, (host, { inputs: { qkv, bias, keyMask }, attrs }) => {
    const [batch, length, width3] = qkv.shape;
    const [width, heads] = [width3 / 3, attrs.heads as number];
    const out = host.output([batch, length, width]);
    const given = [attrs.hasBias ? bias : null, attrs.hasMask ? keyMask : null];
    const addresses = [qkv, ...given, out].map((t) => host.address(t));
    host.run('attention', [...addresses, length, width, heads], {
      units: batch * heads,
      nanoseconds: attentionTime(qkv.shape, heads),
      scratchBytes: host.call.attentionScratch(length),
    });
    return out;
  });
  replaceKernel(host, names.ATTENTION_GRAD, (host, { inputs: { qkv, bias, keyMask, dy }, attrs }) => {
    const [batch, length, width3] = qkv.shape;
    const [width, heads] = [width3 / 3, attrs.heads as number];
    const dQkv = host.output(qkv.shape);
    const dBias = attrs.hasBias ? host.zeros([heads, length, length]) : null;
    const given = [attrs.hasBias ? bias : null, attrs.hasMask ? keyMask : null];
    const addresses = [qkv, ...given, dy, dQkv, dBias].map((t) => host.address(t));
    host.run('attentionGrad', [...addresses, length, width, heads], {
      units: batch * heads,
      // The bias's gradient is added up over the samples, so one thread does it.
      nanoseconds: dBias ? 0 : 3 * attentionTime(qkv.shape, heads),
      scratchBytes: host.call.attentionScratch(length),
    });
    return dBias ? [dQkv, dBias] : [dQkv];
  });
  replaceKernel(host, 'Softmax', (host, { inputs: { logits }, attrs }) => {
    const rank = logits.shape.length;
    const dim = attrs.dim as number;
    if (!isFloat(logits) || (dim !== -1 && dim !== rank - 1)) return null;
    const width = logits.shape[rank - 1];
    const out = host.output(logits.shape);
    const units = width > 0 ? sizeOf(logits.shape) / width : 0;
    host.run('softmax', [host.address(logits), host.address(out), width], {
      units,
      nanoseconds: NS.softmax * units * width,
    });
    return out;
  });
}

export function registerRows(host: KernelHost): void {
  registerLayerNorm(host);
  registerActivations(host);
  registerCrossEntropy(host);
  registerAttention(host);
}
