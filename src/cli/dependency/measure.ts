/** All alignment matrices of a pairing with their permutation nulls: what the pack file of role `dependency` holds. */
import { dependencyMeasures, type DependencyMeasure } from '../../fusion/dependency/critic';
import type { Critics, DependencyOptions } from '../../fusion/dependency/estimate';
import { dependencyMatrix, nullPartners, reorder } from '../../fusion/dependency/matrix';
import { countOf, type LayerViews } from '../../fusion/dependency/views';
import { similarity } from '../../math/similarity';
import {
  alignmentMetrics,
  type AlignmentMatrix,
  type AlignmentMetric,
  type DependencyFile,
} from '../../packs/dependency-file';
import { byLayer } from '../../packs/sample-states';

/** Standardised pooled states of evaluation pairs: row s of A is paired with row s of B. */
export interface PairedStates {
  a: LayerViews;
  b: LayerViews;
  labels: ArrayLike<number>;
  /** Ids of B's samples: where one is the partner of several, all of them stay in one half. */
  idsB: readonly string[];
  paired: 'by-label' | 'truly';
  classes: number;
}

export interface MeasureOptions extends Partial<Omit<DependencyOptions, 'measure'>> {
  /** Permuted pairings (20). */
  rounds?: number;
  report?: (line: string) => void;
}

/** @throws UserError where there is too little, or nothing sound, to measure */
export async function measurePairing(
  { a, b, labels, idsB, paired, classes }: PairedStates,
  { rounds = 20, report = () => undefined, ...options }: MeasureOptions = {},
): Promise<DependencyFile> {
  const [n, cells, seed] = [countOf(a), a.layers * b.layers, options.seed ?? 0];
  const byLabel = paired === 'by-label';
  const start = performance.now();
  const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(0)} s`;
  const metrics = Object.fromEntries(
    alignmentMetrics.map((metric): [AlignmentMetric, AlignmentMatrix] => [
      metric,
      { values: new Float32Array(cells), nulls: new Float32Array(rounds * cells) },
    ]),
  ) as Record<AlignmentMetric, AlignmentMatrix>;
  const critics = {} as Record<DependencyMeasure, Critics>;
  // round −1 is the true pairing
  for (let round = -1; round < rounds; round++) {
    const order = round < 0 ? null : nullPartners(n, seed, round);
    const partner = order ? reorder(b, order) : b;
    const units = order ? Array.from(order, (s) => idsB[s]) : idsB;
    const keep = (metric: AlignmentMetric, values: Float32Array): void => {
      if (round < 0) metrics[metric].values.set(values);
      else metrics[metric].nulls.set(values, round * cells);
    };
    for (const measure of dependencyMeasures) {
      const found = await dependencyMatrix(
        a,
        partner,
        { ...options, measure },
        { units, labels: byLabel && round < 0 ? labels : undefined },
      );
      keep(measure, found.bound);
      if (round < 0) critics[measure] = found.critics;
    }
    const { cka, mutualNeighbours } = similarity(byLayer(a), byLayer(partner), n);
    keep('cka', cka);
    keep('mutual-knn', mutualNeighbours);
    report(`dependency: ${round < 0 ? 'measured' : `null ${round + 1} of ${rounds}`} after ${seconds()}`);
  }
  return {
    la: a.layers,
    lb: b.layers,
    pairs: n,
    rounds,
    seed,
    ceiling: byLabel ? Math.log(classes) : null,
    metrics,
    critics,
  };
}
