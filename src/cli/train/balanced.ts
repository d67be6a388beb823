/** Measures that weigh each class alike, whatever its number of items. */

/** Mean over the classes of the share of their items that are answered right. */
export function unweightedRecall(labels: number[], answers: Float32Array[], classes: number): number {
  const [right, all] = [new Float64Array(classes), new Float64Array(classes)];
  labels.forEach((label, i) => {
    all[label]++;
    if (answers[i].indexOf(Math.max(...answers[i])) === label) right[label]++;
  });
  return right.reduce((sum, r, c) => sum + r / all[c] / classes, 0);
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
