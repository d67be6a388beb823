/** Layer norm, activations, cross-entropy, attention: the kernels tfjs does not have, or has slowly. */
import { type KernelHost, sizeOf } from './host';
import * as names from './names';
import { isFloat, replaceKernel } from './register';

function registerLayerNorm(host: KernelHost): void {
  replaceKernel(host, names.LAYER_NORM, (host, { inputs: { x, gain, bias }, attrs }) => {
    const width = x.shape.at(-1)!;
    const rows = sizeOf(x.shape) / width;
    const out = host.output(x.shape);
    const perGroup = rows / (sizeOf(gain.shape) / width);
    host.call.layerNorm(
      host.address(x),
      host.address(gain),
      host.address(bias),
      host.address(out),
      width,
      perGroup,
      attrs.eps as number,
      0,
      rows,
    );
    return out;
  });
  replaceKernel(host, names.LAYER_NORM_GRAD, (host, { inputs: { x, gain, dy }, attrs }) => {
    const width = x.shape.at(-1)!;
    const rows = sizeOf(x.shape) / width;
    const [dx, dGain, dBias] = [host.output(x.shape), host.zeros(gain.shape), host.zeros(gain.shape)];
    const perGroup = rows / (sizeOf(gain.shape) / width);
    host.call.layerNormGrad(
      host.address(x),
      host.address(gain),
      host.address(dy),
      host.address(dx),
      host.address(dGain),
      host.address(dBias),
      width,
      perGroup,
      attrs.eps as number,
      0,
      rows,
    );
    return [dx, dGain, dBias];
  });
}

function registerActivations(host: KernelHost): void {
  replaceKernel(host, names.ACTIVATION, (host, { inputs: { x }, attrs }) => {
    const out = host.output(x.shape);
    host.call.activate(host.address(x), host.address(out), sizeOf(x.shape), attrs.activation as number);
    return out;
  });
  replaceKernel(host, names.ACTIVATION_GRAD, (host, { inputs: { x, dy }, attrs }) => {
    const out = host.output(x.shape);
    host.call.activateGrad(
      host.address(x),
      host.address(dy),
      host.address(out),
      sizeOf(x.shape),
      attrs.activation as number,
    );
    return out;
  });
  for (const [kernel, code] of [
    ['Tanh', names.activationCode.tanh],
    ['Erf', names.activationCode.erf],
  ] as const)
    replaceKernel(host, kernel, (host, { inputs: { x } }) => {
      if (!isFloat(x)) return null;
      const out = host.output(x.shape);
      host.call.activate(host.address(x), host.address(out), sizeOf(x.shape), code);
      return out;
    });
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

function registerAttention(host: KernelHost): void {
  replaceKernel(host, names.ATTENTION, (host, { inputs: { qkv, bias, keyMask }, attrs }) => {
    const [batch, length, width3] = qkv.shape;
    const [width, heads] = [width3 / 3, attrs.heads as number];
    const out = host.output([batch, length, width]);
    const scratch = host.scratch(host.call.attentionScratch(length));
    host.call.attention(
      host.address(qkv),
      host.address(attrs.hasBias ? bias : null),
      host.address(attrs.hasMask ? keyMask : null),
      host.address(out),
      length,
      width,
      heads,
      0,
      batch * heads,
      scratch,
    );
    return out;
  });
  replaceKernel(host, names.ATTENTION_GRAD, (host, { inputs: { qkv, bias, keyMask, dy }, attrs }) => {
    const [batch, length, width3] = qkv.shape;
    const [width, heads] = [width3 / 3, attrs.heads as number];
    const dQkv = host.output(qkv.shape);
    const dBias = attrs.hasBias ? host.zeros([heads, length, length]) : null;
    const scratch = host.scratch(host.call.attentionScratch(length));
    host.call.attentionGrad(
      host.address(qkv),
      host.address(attrs.hasBias ? bias : null),
      host.address(attrs.hasMask ? keyMask : null),
      host.address(dy),
      host.address(dQkv),
      host.address(dBias),
      length,
      width,
      heads,
      0,
      batch * heads,
      scratch,
    );
    return dBias ? [dQkv, dBias] : [dQkv];
  });
  replaceKernel(host, 'Softmax', (host, { inputs: { logits }, attrs }) => {
    const rank = logits.shape.length;
    const dim = attrs.dim as number;
    if (!isFloat(logits) || (dim !== -1 && dim !== rank - 1)) return null;
    const width = logits.shape[rank - 1];
    const out = host.output(logits.shape);
    if (width > 0)
      host.call.softmax(host.address(logits), host.address(out), width, 0, sizeOf(logits.shape) / width);
    return out;
  });
}

export function registerRows(host: KernelHost): void {
  registerLayerNorm(host);
  registerActivations(host);
  registerCrossEntropy(host);
  registerAttention(host);
}
