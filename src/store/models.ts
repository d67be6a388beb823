/** Where each model stands in the evaluation record: probes of A, probes of B, heads, score sum. */
import { headIndex, headSpecs, pairIndex, type LayerPair } from '../math/skew';
import type { AlignmentMetric } from '../packs/dependency-file';
import type { Pack } from '../packs/schema';
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
  const found = pack.pairings.find((p) => p.id === pairing);
  const layers = (id: string | undefined) => pack.modalities.find((m) => m.id === id)?.layers;
  const la = layers(found?.a);
  const lb = layers(found?.b);
  return la && lb ? { la, lb } : null;
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
