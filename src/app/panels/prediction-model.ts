/** The prediction panel's rows, worked out of the store. */
import { disagreement } from '../../charts/classes';
import type { PredictionRow } from '../../charts/PredictionTable';
import { derived } from '../../store/derived';
import { layers, predictionRows, scene } from '../../store/selectors';
import { ssfnSkew } from '../../store/strategy';
import { strategyWords } from '../words';

export interface PredictionModel {
  rows: PredictionRow[];
  classes: string[];
  /** Index of the answer's class; −1 where nothing can be said. */
  answer: number;
  probability: number;
  sentence: string;
}

const absentBecause = (input: unknown, dropped: string | undefined): string | null =>
  input === null ? 'not given' : dropped ? 'dropped' : null;

/** The strategy in use beside late, pairwise, score sum, A alone and B alone; null before the first prediction. */
export const predictionModel = derived(
  (s) =>
    [
      predictionRows(s),
      scene(s),
      layers(s),
      s.strategy,
      ssfnSkew(s),
      absentBecause(s.a.input, s.a.degradation.dropped),
      absentBecause(s.b.input, s.b.degradation.dropped),
    ] as const,
  (table, now, l, strategy, ssfn, noA, noB): PredictionModel | null => {
    if (!table || !now || !l) return null;
    const words = strategyWords(strategy, l, ssfn);
    const named = { late: 'late', pairwise: 'pairwise', 'score-sum': 'score sum' } as const;
    const nothing = noA !== null && noB !== null;
    const rows = table.map((row): PredictionRow => {
      if (row.id === 'a' || row.id === 'b') {
        const absent = row.id === 'a' ? noA : noB;
        return {
          id: row.id,
          label: `${row.id.toUpperCase()} alone`,
          detail: `layer ${row.id === 'a' ? row.layerA : row.layerB}`,
          tone: row.id,
          probabilities: absent ? null : row.probabilities,
          absent: absent ?? undefined,
        };
      }
      const own = row.id === 'strategy';
      const absent = nothing || (row.id === 'score-sum' && (noA ?? noB) !== null);
      return {
        id: row.id,
        label: own ? words.name : named[row.id as keyof typeof named],
        detail: own ? words.detail : undefined,
        tone: own ? 'own' : 'other',
        probabilities: absent ? null : row.probabilities,
        absent: absent ? (nothing ? 'nothing to predict from' : 'needs both') : undefined,
      };
    });
    const { classes } = now.task;
    const answer = nothing ? -1 : table[0].answer;
    const others = rows.slice(1).map((row, n) => ({
      label: row.label,
      answer: row.probabilities ? table[n + 1].answer : -1,
    }));
    const missing = noA ? `A is ${noA}.` : noB ? `B is ${noB}.` : '';
    const sentence = nothing
      ? 'Both inputs are missing: nothing to fuse.'
      : [missing, disagreement(answer, others, classes)].filter(Boolean).join(' ');
    return {
      rows,
      classes,
      answer,
      probability: answer < 0 ? NaN : table[0].probabilities[answer],
      sentence,
    };
  },
);
