/** Matrix products: tfjs's BatchMatMul and _FusedMatMul, and our linear layer. */
import type { TensorInfo } from '../tf';
import { type KernelHost, sizeOf } from './host';
import { activationCode, LINEAR } from './names';
import { isFloat, type KernelCall, replaceKernel } from './register';

interface Product {
  a: TensorInfo;
  b: TensorInfo;
  bias: TensorInfo | null;
  transposeA: boolean;
  transposeB: boolean;
}

/** op(A) · op(B) + bias over batches; null where the batches broadcast in a way that is left to the stock kernel. */
function product(host: KernelHost, { a, b, bias, transposeA, transposeB }: Product): TensorInfo | null {
  const [rowsA, columnsA] = a.shape.slice(-2);
  const [rowsB, columnsB] = b.shape.slice(-2);
  const [K, inner] = transposeA ? [rowsA, rowsB] : [columnsA, rowsB];
  let M = transposeA ? columnsA : rowsA;
  const N = transposeB ? rowsB : columnsB;
  if (K !== (transposeB ? columnsB : inner)) return null;
  const [leadA, leadB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [countA, countB] = [sizeOf(leadA), sizeOf(leadB)];
  if (countA !== countB && countA !== 1 && countB !== 1) return null;
  if (countA === countB && countA > 1 && leadA.join() !== leadB.join()) return null;
  if (bias && sizeOf(bias.shape) !== N) return null;

  const lead = leadA.length >= leadB.length && countA >= countB ? leadA : leadB;
  const out = host.output([...lead, M, N]);
  let count = countA === 0 || countB === 0 ? 0 : Math.max(countA, countB);
  if (count === 0 || M * N === 0) return out;
  if (countB === 1 && !transposeA) {
    // One B for all: the batches of A are just more rows.
    M *= count;
    count = 1;
  }
  multiply(host, {
    a: host.address(a),
    strideA: countA === 1 ? 0 : M * K,
    transposeA,
    b: host.address(b),
    strideB: countB === 1 ? 0 : K * N,
    transposeB,
    bias: host.address(bias),
    strideBias: 0,
    out: host.address(out),
    M,
    K,
    N,
    count,
  });
  return out;
}

interface Multiply {
  a: number;
  strideA: number;
  transposeA: boolean;
  b: number;
  strideB: number;
  transposeB: boolean;
  bias: number;
  strideBias: number;
  out: number;
  M: number;
  K: number;
  N: number;
  count: number;
}

function multiply(host: KernelHost, p: Multiply): void {
  const scratch = host.scratch(host.call.gemmScratch());
  host.call.batchedMatMul(
    p.a,
    p.strideA,
    Number(p.transposeA),
    p.b,
    p.strideB,
    Number(p.transposeB),
    p.bias,
    p.strideBias,
    p.out,
    p.M,
    p.K,
    p.N,
    0,
    p.count,
    scratch,
  );
}

/** x [R, in] · w [in, out] + b [out], or [G, R, in] · [G, in, out] + [G, out]; then the activation in place. */
function linear(host: KernelHost, { inputs, attrs }: KernelCall): TensorInfo {
  const { x, w, bias } = inputs;
  const [K, N] = w.shape.slice(-2);
  const [M] = x.shape.slice(-2);
  const count = w.shape.length === 3 ? w.shape[0] : 1;
  const out = host.output([...x.shape.slice(0, -1), N]);
  const [xAt, outAt] = [host.address(x), host.address(out)];
  if (attrs.constantWeight && count === 1 && M > 0) {
    const scratch = host.scratch(host.call.gemmScratch());
    const bias0 = host.address(bias);
    host.call.gemm(xAt, K, 0, 0, 0, 0, host.packed(w), bias0, outAt, N, K, N, 0, M, 0, N, scratch);
  } else {
    multiply(host, {
      a: xAt,
      strideA: M * K,
      transposeA: false,
      b: host.address(w),
      strideB: K * N,
      transposeB: false,
      bias: host.address(bias),
      strideBias: N,
      out: outAt,
      M,
      K,
      N,
      count,
    });
  }
  const code = attrs.activation as number;
  if (code) host.call.activate(outAt, outAt, count * M * N, code);
  return out;
}

export function registerMatMul(host: KernelHost): void {
  replaceKernel(host, 'BatchMatMul', (host, { inputs: { a, b }, attrs }) =>
    isFloat(a, b)
      ? product(host, { a, b, bias: null, transposeA: !!attrs.transposeA, transposeB: !!attrs.transposeB })
      : null,
  );
  replaceKernel(host, '_FusedMatMul', (host, { inputs: { a, b, bias, preluActivationWeights }, attrs }) => {
    const { activation } = attrs;
    if (!isFloat(a, b, bias) || preluActivationWeights || (activation !== 'linear' && activation !== 'relu'))
      return null;
    const out = product(host, {
      a,
      b,
      bias: bias ?? null,
      transposeA: !!attrs.transposeA,
      transposeB: !!attrs.transposeB,
    });
    if (out && activation === 'relu')
      host.call.activate(host.address(out), host.address(out), sizeOf(out.shape), activationCode.relu);
    return out;
  });
  replaceKernel(host, LINEAR, linear);
}
