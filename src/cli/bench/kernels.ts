/** Our kernels against onnxruntime-web and stock tfjs, and against what the processor can do. */
import { cpus } from 'node:os';
import { measure } from './child';
import type { ForwardCase, ForwardResult } from './forward';
import { median } from './timing';
import { atLeast, faster, type Group, type Row } from './types';
import { versionOf } from './versions';

type Alone = ForwardCase & { ms: number };

const small: ForwardCase[] = [128, 192].flatMap((width) => [16, 1].map((batch) => ({ width, batch })));
const wide: ForwardCase = { width: 768, batch: 1 };

const oneThreadTarget = ({ width, batch }: ForwardCase) => (width === 768 ? 1.3 : batch === 1 ? 1.1 : 1.5);
const title = ({ width, batch }: ForwardCase) => `forward w${width} b${batch}`;

async function forwardRows(report: (row: Row) => void): Promise<void> {
  const ort = `onnxruntime-web ${versionOf('onnxruntime-web')}`;
  const threads = Math.min(4, cpus().length);
  const row = (r: ForwardResult, suffix: string, target?: number, note?: string) =>
    report(
      faster(`${title(r)} ${suffix}`, r.ours, { name: `${ort}, ${r.graph}`, value: r.theirs }, target, note),
    );
  const one = await measure('forward', { cases: [...small, wide], threads: 1 });
  for (const r of one.results) row(r, '1t', oneThreadTarget(r));
  const many = await measure('forward', { cases: small, threads });
  for (const r of many.results) {
    row(r, `${threads}t`, undefined, `ours on ${many.threads} thread${many.threads > 1 ? 's' : ''}`);
    const single = one.results.find((o) => o.width === r.width && o.batch === r.batch)!;
    const best = { ...r, ours: Math.min(r.ours, single.ours), theirs: Math.min(r.theirs, single.theirs) };
    row(best, `best of 1t and ${threads}t`, 1);
  }
}

/** One process after the other, twice, as a process has either our kernels or the stock ones. */
async function stockRows(report: (row: Row) => void): Promise<void> {
  const runs = { own: [] as Alone[], stock: [] as Alone[] };
  for (let round = 0; round < 2; round++)
    for (const which of ['own', 'stock'] as const)
      runs[which].push(...(await measure('alone', { cases: small, stock: which === 'stock' })));
  for (const { width, batch } of small) {
    const of = (which: 'own' | 'stock') =>
      Math.min(...runs[which].filter((r) => r.width === width && r.batch === batch).map((r) => r.ms));
    const yardstick = { name: stockName(), value: of('stock') };
    report(faster(`${title({ width, batch })} 1t, beside stock`, of('own'), yardstick));
  }
}

const stockName = () => `stock tfjs ${versionOf('@tensorflow/tfjs-core')} wasm`;

async function trainingRow(report: (row: Row) => void): Promise<void> {
  const own = await measure('training', { stock: false, steps: 12 });
  const stock = await measure('training', { stock: true, steps: 2 });
  const again = await measure('training', { stock: false, steps: 12 });
  const apart = Math.max(...stock.losses.map((loss, s) => Math.abs(loss - own.losses[s])));
  if (!(apart <= 1e-3)) throw new Error(`Stock and own training differ by ${apart} in the loss.`);
  const ms = median([own.ms, again.ms]);
  report(faster('training step 12 layers w128 S32 b32', ms, { name: stockName(), value: stock.ms }, 15));
}

export const forwardGroup: Group = {
  name: 'forward',
  about:
    'the WASM kernels, forward and training, beside onnxruntime-web and stock tfjs; 12 BERT layers, 64 positions',
  async run(report) {
    const { peak, product, share } = await measure('matMul');
    report(
      atLeast(
        'matMul 512³, share of the SIMD peak',
        share,
        'of the peak',
        0.7,
        `medians: peak ${peak.toFixed(1)}, product ${product.toFixed(1)} GFLOP/s; the share is the median of each round’s`,
      ),
    );
    await forwardRows(report);
    await stockRows(report);
    await trainingRow(report);
  },
};
