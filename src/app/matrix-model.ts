/** What the alignment panel draws, worked out of the store: for the evaluation set and for the person's sample. */
import { divergingScale, probabilityScale, sequentialScale } from '../charts/colour';
import { fixed, plain, showInterval, showUnit, type Quantity } from '../charts/format';
import { argmax } from '../charts/grid';
import type { MatrixData } from '../charts/AlignmentMatrix';
import type { Alignments } from '../engine/dependency/operations';
import { pairIndex, skewOf, type LayerPair } from '../math/skew';
import { derived } from '../store/derived';
import { ceilingOf, matrixValues, type Chance } from '../store/matrix';
import type { Layers } from '../store/models';
import { sampleMatrix } from '../store/sample';
import { layers, scene, strategyPairsNow, valueOf } from '../store/selectors';
import type { AppState } from '../store/state';
import { leastSpan, matrixQuantity, quantityOf } from './words';

export interface MatrixModel extends MatrixData {
  lo: ArrayLike<number> | null;
  hi: ArrayLike<number> | null;
  /** Cell with the best value, and whether "best" was picked on this very data. */
  best: LayerPair | null;
  sample: boolean;
  /** Whether the values are there; none of them is while they are worked out. */
  known: boolean;
  /** Of an alignment with permutation nulls. */
  chance?: Chance;
}

/** "ln 10": what the dependency of label-made pairs cannot truly be above. @param ceiling in nats */
export const ceilingName = (ceiling: number): string => `ln ${Math.round(Math.exp(ceiling))}`;

/**
 * What an alignment is measured on, what its nulls are, its unit, and what a dependency on label-made pairs cannot be
 * above.
 */
export function alignmentNote(of: Alignments, { metric, pack }: Pick<AppState, 'metric' | 'pack'>): string {
  const refit = valueOf(pack)?.training.refit !== undefined;
  const seen = refit ? ', from which an encoder learned once all was chosen' : '';
  const ceiling = ceilingOf(of, metric);
  const most =
    ceiling === null
      ? ''
      : `; of pairs by label truly at most ln(classes) = ${ceilingName(ceiling)} = ${fixed(ceiling, 2)}`;
  const unit =
    metric === 'kl' || metric === 'f'
      ? ` A lower bound in nats${most}.`
      : metric === 'wasserstein'
        ? ' In deviations of a standardised state.'
        : '';
  return `${of.pairs} validation pairs${seen}; ${of.rounds} permuted pairings.${unit}`;
}

const nan = (n: number): Float32Array => new Float32Array(n).fill(NaN);

/** Layer with the best value, from 1. */
export function bestLayer(values: ArrayLike<number>, lowerIsBetter = false): number | null {
  const n = argmax(lowerIsBetter ? Array.from(values, (v) => -v) : values);
  return n < 0 ? null : n + 1;
}

const cellAt = (n: number, lb: number): LayerPair => ({ i: Math.floor(n / lb) + 1, j: (n % lb) + 1 });

type Frame = Pick<MatrixData, 'la' | 'lb' | 'a' | 'b' | 'mask' | 'diagonal'>;

const frame = derived(
  (s) => [layers(s), scene(s), strategyPairsNow(s)] as const,
  (l, now, mask): Frame | null =>
    l && now
      ? {
          ...l,
          a: { label: now.a.label.toLowerCase(), family: now.a.family },
          b: { label: now.b.label.toLowerCase(), family: now.b.family },
          mask,
          diagonal: mask[0] ?? null,
        }
      : null,
);

/** Values and colours do not depend on the strategy: a slider that moves leaves the cells alone. */
const evaluationCells = (dark: boolean) =>
  derived(
    (s) => [layers(s), scene(s), matrixValues(s), s.metric, s.figures] as const,
    (l, now, m, metric, figuresLoad) => {
      if (!l || !now) return null;
      const f = valueOf(figuresLoad);
      const quantity = matrixQuantity(metric, f?.metric ?? now.task.metric, m?.chance?.subtracted);
      const values = m?.values ?? nan(l.la * l.lb);
      const least = leastSpan(quantity);
      const scale =
        m?.scale === 'diverging'
          ? divergingScale(values, least, dark, quantity.lowerIsBetter)
          : sequentialScale(values, least, quantity.lowerIsBetter);
      const probes = f && {
        a: f.value.subarray(0, l.la),
        b: f.value.subarray(l.la, l.la + l.lb),
        quantity: quantityOf(f.metric),
      };
      const lower = quantity.lowerIsBetter;
      const best = argmax(lower ? Array.from(values, (v) => -v) : values);
      return {
        quantity,
        values,
        known: m !== null,
        lo: m?.lo ?? null,
        hi: m?.hi ?? null,
        chance: m?.chance,
        limit: m?.ceiling === undefined ? undefined : { value: m.ceiling, name: ceilingName(m.ceiling) },
        scale,
        best: best < 0 ? null : cellAt(best, l.lb),
        margins: probes && {
          a: { values: probes.a, best: bestLayer(probes.a, lower) },
          b: { values: probes.b, best: bestLayer(probes.b, lower) },
          quantity: probes.quantity,
        },
      };
    },
  );

const sampleCells = derived(
  (s) => [layers(s), scene(s), sampleMatrix(s)] as const,
  (l, now, m) => {
    if (!l || !now) return null;
    const { classes } = now.task;
    const quantity: Quantity = plain(m ? `probability of ${classes[m.answer]}` : 'probability');
    const letters = Math.max(...classes.map((c) => c.length)) > 2 ? 4 : 2;
    return {
      quantity,
      values: m?.values ?? nan(l.la * l.lb),
      known: m !== null,
      lo: null,
      hi: null,
      scale: probabilityScale(),
      best: null,
      says: m
        ? Array.from(m.answers, (answer) => ({
            text: classes[answer].slice(0, letters),
            differs: answer !== m.answer,
          }))
        : undefined,
      margins: m && {
        a: { values: m.marginA, best: null },
        b: { values: m.marginB, best: null },
        quantity: plain('probability'),
      },
    };
  },
);

/** @param dark the diverging colours differ between the themes */
export const matrixModel = (dark: boolean): ((s: AppState) => MatrixModel | null) => {
  const cells = evaluationCells(dark);
  return derived(
    (s) => [frame(s), s.mode === 'sample' ? sampleCells(s) : cells(s), s.mode] as const,
    (f, c, mode): MatrixModel | null => (f && c ? { ...f, ...c, sample: mode === 'sample' } : null),
  );
};

export const matrixLight = matrixModel(false);
export const matrixDark = matrixModel(true);

/** "A layer 2": those without any alignment, exactly 0 or no value with all layers of the other side. */
export function unalignedLayers(values: ArrayLike<number>, { la, lb }: Layers): string[] {
  const nothing = (i: number, j: number): boolean => !values[(i - 1) * lb + j - 1];
  const layersTo = (n: number): number[] => Array.from({ length: n }, (_, at) => at + 1);
  return [
    ...layersTo(la)
      .filter((i) => layersTo(lb).every((j) => nothing(i, j)))
      .map((i) => `A layer ${i}`),
    ...layersTo(lb)
      .filter((j) => layersTo(la).every((i) => nothing(i, j)))
      .map((j) => `B layer ${j}`),
  ];
}

/** What a cell says when it is read out: its layers, its value, and in sample mode what its head answers. */
export function describeCell(
  m: Pick<MatrixModel, 'lb' | 'values' | 'quantity' | 'sample'>,
  pair: LayerPair,
  classes: string[],
  answers?: ArrayLike<number>,
): string {
  const n = pairIndex(pair, m.lb);
  const where = `A layer ${pair.i}, B layer ${pair.j}`;
  if (!Number.isFinite(m.values[n])) return `${where}: no value`;
  if (m.sample)
    return `${where}: ${answers ? `answers ${classes[answers[n]]}, ` : ''}${m.quantity.name} ${fixed(m.values[n], 2)}`;
  return `${where}: ${m.quantity.name} ${showUnit(m.quantity, m.values[n])}`;
}

/** What the live region adds for the cell in focus. */
export function speakReadout(m: MatrixModel, pair: LayerPair): string {
  const n = pairIndex(pair, m.lb);
  const skew = `skew ${fixed(skewOf(pair, m.la, m.lb), 0, true)}`;
  const interval =
    m.lo && m.hi && Number.isFinite(m.lo[n])
      ? `, 95 % from ${showInterval(m.quantity, { lo: m.lo[n], hi: m.hi[n] })}`
      : '';
  const chance = m.chance
    ? `, ${rankText(m.chance, n)}, ${fixed(deviationsAbove(m.chance, n), 1, true)} deviations from their mean, null mean ${fixed(m.chance.mean[n], 2)}, null maximum ${fixed(m.chance.largest[n], 2)}`
    : '';
  const limit = m.limit ? `, ceiling ${m.limit.name} = ${fixed(m.limit.value, 2)}` : '';
  return `${skew}${interval}${chance}${limit}`;
}

/** "above 20 of 20 nulls" */
export const rankText = ({ beaten, rounds }: Chance, cell: number): string =>
  `above ${beaten[cell]} of ${rounds} nulls`;

/** How many deviations of the nulls a cell is above their mean; NaN where they do not vary. */
export const deviationsAbove = ({ raw, mean, deviation }: Chance, cell: number): number =>
  deviation[cell] > 0 ? (raw[cell] - mean[cell]) / deviation[cell] : NaN;
