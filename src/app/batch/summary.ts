/** What a batch came to: the file that is saved, and how many rows each strategy got right. */
import type { Table } from '../../charts/export';
import { strategies, type BatchState, type StrategyId } from './job';

export const strategyLabels = (current: string): Record<StrategyId, string> => ({
  strategy: current,
  ssfn: 'SSFN',
  late: 'late',
  pairwise: 'pairwise',
  'score-sum': 'score sum',
  a: 'A alone',
  b: 'B alone',
});

/** Index of the class that a label names, in any case; −1 for none. */
export const classOf = (label: string, classes: string[]): number => {
  const wanted = label.trim().toLowerCase();
  return classes.findIndex((name) => name.toLowerCase() === wanted);
};

/** Of the rows with a label of the pack and a prediction: how many there are, how many each strategy has right. */
export function countRight(
  { table, outcomes }: Pick<BatchState, 'table' | 'outcomes'>,
  classes: string[],
): { n: number; right: Record<StrategyId, number>; said: Record<StrategyId, number>; strange: string[] } {
  const zero = () => Object.fromEntries(strategies.map((id) => [id, 0])) as Record<StrategyId, number>;
  const [right, said] = [zero(), zero()];
  const strange = new Set<string>();
  let n = 0;
  outcomes.forEach((outcome, at) => {
    const label = table?.rows[at].label ?? '';
    if (label === '' || !outcome.said) return;
    const wanted = classOf(label, classes);
    if (wanted < 0) return strange.add(label);
    n++;
    for (const id of strategies) {
      const one = outcome.said[id];
      if (!one) continue;
      said[id]++;
      if (one.answer === wanted) right[id]++;
    }
  });
  return { n, right, said, strange: [...strange] };
}

/** One line a row: what was given, what each strategy says and with which probability. */
export function batchTable(
  { table, outcomes }: Pick<BatchState, 'table' | 'outcomes'>,
  classes: string[],
  labels: Record<StrategyId, string>,
): Table {
  const rows = table?.rows ?? [];
  return {
    columns: [
      ...['id', 'A', 'B', 'label', 'problem'],
      ...strategies.flatMap((id) => [labels[id], `p ${labels[id]}`]),
    ],
    rows: outcomes.map(({ said, problem }, at) => {
      const { id, a, b, label } = rows[at];
      return [
        ...[id, a, b, label, problem ?? ''],
        ...strategies.flatMap((strategy): (string | number)[] => {
          const one = said?.[strategy];
          return one ? [classes[one.answer], one.probability] : ['', ''];
        }),
      ];
    }),
  };
}
