/** Where each model stands in the evaluation record: probes of A, probes of B, heads, score sum. */
import { headIndex, headSpecs, pairIndex, type LayerPair } from '../math/skew';
import type { AlignmentMetric } from '../packs/dependency-file';
import type { Pack, PackModality } from '../packs/schema';
import type { MatrixMetric, Strategy } from './state';

/** How two layers' states go together, whatever the heads make of it. Here by name: the file's own code is the worker's. */
export const alignmentNames = [
  'cka',
  'mutual-knn',
  'kl',
  'f',
  'wasserstein',
] as const satisfies readonly AlignmentMetric[];

export const isAlignment = (metric: MatrixMetric): metric is AlignmentMetric =>
  alignmentNames.some((name) => name === metric);

/** Whether the pack ships alignment matrices with their nulls, and statistical networks. */
export const hasDependency = (pack: Pack, pairing: string): boolean =>
  pack.files.some((file) => file.role === 'dependency' && file.pairing === pairing);

/** Whether a person can give it here: not where its encoder takes feature vectors that were made elsewhere. */
export const canBeGiven = ({ modality, pooling }: Pick<PackModality, 'modality' | 'pooling'>): boolean =>
  modality !== 'features' && pooling !== 'given';

const ships =
  (role: 'heads' | 'head-seeds') =>
  (pack: Pack, pairing: string, task: string, variant: string): boolean =>
    pack.files.some(
      (file) =>
        file.role === role && file.pairing === pairing && file.task === task && file.variant === variant,
    );

/** Whether the pack ships all heads for these. */
export const hasHeads = ships('heads');
const hasFurther = ships('head-seeds');

/** Whether the pack ships late, pairwise and SSFN by further seeds for these. */
export const hasSeeds = (pack: Pack, pairing: string, task: string, variant: string): boolean =>
  hasHeads(pack, pairing, task, variant) && hasFurther(pack, pairing, task, variant);

/** The two modalities of a pairing; null where the pack has no such pairing. */
export function sidesOf(pack: Pack, pairing: string): { a: PackModality; b: PackModality } | null {
  const found = pack.pairings.find(({ id }) => id === pairing);
  const a = pack.modalities.find(({ id }) => id === found?.a);
  const b = pack.modalities.find(({ id }) => id === found?.b);
  return a && b ? { a, b } : null;
}

export interface Layers {
  la: number;
  lb: number;
}

/** The variant whose evaluation is shown: the one in use, or the pack's first where its records do not ship. */
export const recordVariant = (pack: Pack, variant: string): string =>
  pack.files.some((file) => file.role === 'record' && file.variant === variant)
    ? variant
    : pack.variants[0].id;

/** Layers of A and B of a pairing; null where the pack has no such pairing. */
export function layersOf(pack: Pack, pairing: string): Layers | null {
  const sides = sidesOf(pack, pairing);
  return sides && { la: sides.a.layers, lb: sides.b.layers };
}

/** The head that a strategy uses, an index into `headSpecs`. */
export const strategyHead = (s: Strategy, { la, lb }: Layers): number =>
  s.kind === 'pair' ? pairIndex(s.pair, lb) : headIndex(s, la, lb);

export const lateHead = ({ la, lb }: Layers): number => headIndex({ d: 0, k: 1 }, la, lb);
export const pairwiseHead = ({ la, lb }: Layers): number => headIndex({ d: 0, k: Math.min(la, lb) }, la, lb);

export const probeModel = (side: 'a' | 'b', layer: number, { la }: Layers): number =>
  side === 'a' ? layer - 1 : la + layer - 1;
export const headModel = (head: number, { la, lb }: Layers): number => la + lb + head;
export const pairModel = (pair: LayerPair, l: Layers): number => headModel(pairIndex(pair, l.lb), l);
export const scoreSumModel = (l: Layers): number => headModel(headSpecs(l.la, l.lb).length, l);
export const modelCount = (l: Layers): number => scoreSumModel(l) + 1;
