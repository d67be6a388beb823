/** Measures that weigh each class alike, whatever its number of items. */
import { unweightedAverageRecall } from '../../math/metrics';

/** Mean over the classes of the share of their items that are answered right. */
export function unweightedRecall(labels: number[], answers: Float32Array[], classes: number): number {
  const said = answers.map((p) => p.indexOf(Math.max(...p)));
  return unweightedAverageRecall(said, labels, classes);
}

/**
 * As many of each class as the classes have on average, spread evenly over its items, some of them more than once
 * where a class has fewer: accuracy on these is the unweighted average recall, up to that rounding.
 * @returns indices into `labels`
 */
export function balanced(labels: number[], classes: number): number[] {
  const each = Math.round(labels.length / classes);
  return Array.from({ length: classes }, (_, c) => c).flatMap((c) => {
    const of = labels.flatMap((label, i) => (label === c ? [i] : []));
    if (of.length === 0) return [];
    return Array.from({ length: each }, (_, k) => of[Math.floor((k * of.length) / each)]);
  });
}
