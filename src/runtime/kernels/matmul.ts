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
  activation: number;
}

/** f(op(A) · op(B) + bias) over batches; null where the batches broadcast in a way that is left to the stock kernel. */
function product(host: KernelHost, { a, b, bias, ...how }: Product): TensorInfo | null {
  const { transposeA, transposeB, activation } = how;
  const [rowsA, columnsA] = a.shape.slice(-2);
  const [rowsB, columnsB] = b.shape.slice(-2);
  let M = transposeA ? columnsA : rowsA;
  const K = transposeA ? rowsA : columnsA;
  const N = transposeB ? rowsB : columnsB;
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
    packed: 0,
    bias: host.address(bias),
    strideBias: 0,
    out: host.address(out),
    M,
    K,
    N,
    activation,
    count,
  });
  return out;
}

/** Addresses, strides between batches in floats (0 where all share one), sizes. */
interface Multiply {
  a: number;
  strideA: number;
  transposeA: boolean;
  b: number;
  strideB: number;
  transposeB: boolean;
  packed: number;
  bias: number;
  strideBias: number;
  out: number;
  M: number;
  K: number;
  N: number;
  activation: number;
  count: number;
}

/** About what one thread does in a nanosecond; only decides how work is shared. */
const FLOPS_PER_NS = 40;

/**
 * How the product is cut for the threads: into columns if there are enough for each (then no panel of B is packed
 * twice), else into rows too.
 */
function cut({ M, N, count }: Multiply, threads: number): { rows: number; columns: number } {
  const whole = { rows: M, columns: (N + 7) & ~7 };
  if (threads === 1 || count >= 2 * threads) return whole;
  const wanted = Math.ceil((2 * threads) / count);
  const across = Math.max(1, Math.min(wanted, Math.floor(N / 48)));
  const down = Math.max(1, Math.min(Math.ceil(wanted / across), Math.floor(M / 24)));
  return {
    rows: down === 1 ? M : Math.ceil(M / down / 12) * 12,
    columns: Math.ceil(N / across / 8) * 8,
  };
}

function multiply(host: KernelHost, p: Multiply): void {
  const { rows, columns } = cut(p, host.threads);
  host.run(
    'matMul',
    [
      p.a,
      p.strideA,
      Number(p.transposeA),
      p.b,
      p.strideB,
      Number(p.transposeB),
      p.packed,
      p.bias,
      p.strideBias,
      p.out,
      p.M,
      p.K,
      p.N,
      p.activation,
      rows,
      columns,
    ],
    {
      units: p.count * Math.ceil(p.M / rows) * Math.ceil(p.N / columns),
      nanoseconds: (2 * p.M * p.K * p.N * p.count) / FLOPS_PER_NS,
      scratchBytes: host.call.gemmScratch(),
    },
  );
}

/** x [R, in] · w [in, out] + b [out], or [G, R, in] · [G, in, out] + [G, out]; then the activation. */
function linear(host: KernelHost, { inputs, attrs }: KernelCall): TensorInfo {
  const { x, w, bias } = inputs;
  const [K, N] = w.shape.slice(-2);
  const [M] = x.shape.slice(-2);
  const count = w.shape.length === 3 ? w.shape[0] : 1;
  const out = host.output([...x.shape.slice(0, -1), N]);
  if (count * M * N === 0) return out;
  multiply(host, {
    a: host.address(x),
    strideA: M * K,
    transposeA: false,
    b: host.address(w),
    strideB: K * N,
    transposeB: false,
    packed: attrs.constantWeight && count === 1 ? host.packed(w) : 0,
    bias: host.address(bias),
    strideBias: N,
    out: host.address(out),
    M,
    K,
    N,
    activation: attrs.activation as number,
    count,
  });
  return out;
}

export function registerMatMul(host: KernelHost): void {
  replaceKernel(host, 'BatchMatMul', (host, { inputs: { a, b }, attrs }) =>
    isFloat(a, b)
      ? product(host, {
          a,
          b,
          bias: null,
          transposeA: !!attrs.transposeA,
          transposeB: !!attrs.transposeB,
          activation: activationCode.none,
        })
      : null,
  );
  replaceKernel(host, '_FusedMatMul', (host, { inputs: { a, b, bias, preluActivationWeights }, attrs }) => {
    const { activation } = attrs;
    if (!isFloat(a, b, bias) || preluActivationWeights || (activation !== 'linear' && activation !== 'relu'))
      return null;
    return product(host, {
      a,
      b,
      bias: bias ?? null,
      transposeA: !!attrs.transposeA,
      transposeB: !!attrs.transposeB,
      activation: activationCode[activation === 'relu' ? 'relu' : 'none'],
    });
  });
  replaceKernel(host, LINEAR, linear);
}
