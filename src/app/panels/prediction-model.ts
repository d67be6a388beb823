/** The prediction panel's rows, worked out of the store. */
import { disagreement, listed } from '../../charts/classes';
import { argmax } from '../../charts/grid';
import type { PredictionRow } from '../../charts/PredictionTable';
import type { Together } from '../../engine/protocol';
import type { Pack, PackModality } from '../../packs/schema';
import { derived } from '../../store/derived';
import { canBeGiven } from '../../store/models';
import { predictionRows, type PredictionRow as TableRow } from '../../store/sample';
import { layers, scene, valueOf } from '../../store/selectors';
import type { InputState } from '../../store/state';
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

/** Why a side has no say, as its modality's label goes on: "is not given"; null where it has one. */
const absentBecause = (
  { input, degradation: { dropped } }: InputState,
  modality: PackModality | undefined,
): string | null =>
  input === null ? (modality && !canBeGiven(modality) ? 'missing' : 'not given') : dropped ? 'dropped' : null;

const counts = ['two', 'three', 'four', 'five'];

/** "three together": all modalities of a group, and which of them are missing. */
function togetherRow(said: Together, pack: Pack): PredictionRow {
  const labels = (ids: readonly string[]) =>
    listed(
      ids.map((id) => pack.modalities.find((modality) => modality.id === id)?.label.toLowerCase() ?? id),
    );
  const ids = pack.groups?.find(({ id }) => id === said.group)?.modalities ?? [];
  const name = `${labels(ids)} together`;
  return {
    id: `together ${said.group}`,
    label: `${counts[ids.length - 2] ?? ids.length} together`,
    name: name[0].toUpperCase() + name.slice(1),
    detail: said.missing.length
      ? said.missing.length > 2
        ? `only ${labels(ids.filter((id) => !said.missing.includes(id)))}`
        : `without ${labels(said.missing)}`
      : 'none missing',
    tone: 'other',
    probabilities: said.probabilities ?? null,
    absent: said.problem,
  };
}

const named = { late: 'late', pairwise: 'pairwise', 'score-sum': 'score sum' } as const;

/** Late, pairwise, score sum and the strategy in use. */
function fusedRow(
  row: TableRow,
  words: { name: string; detail: string },
  nothing: boolean,
  one: boolean,
): PredictionRow {
  const own = row.id === 'strategy';
  const absent = nothing || (row.id === 'score-sum' && one);
  return {
    id: row.id,
    label: [own ? words.name : named[row.id as keyof typeof named], row.seeds && `×${row.seeds.count}`]
      .filter(Boolean)
      .join(' '),
    detail: own ? words.detail : undefined,
    spread: absent ? undefined : row.seeds,
    tone: own ? 'own' : 'other',
    probabilities: absent ? null : row.probabilities,
    absent: absent ? (nothing ? 'nothing to predict from' : 'needs both') : undefined,
  };
}

/** The strategy in use beside the others and each modality alone; null before the first prediction. */
export const predictionModel = derived(
  (s) =>
    [
      predictionRows(s),
      valueOf(s.outputs)?.together,
      scene(s),
      layers(s),
      s.strategy,
      ssfnSkew(s),
      absentBecause(s.a, scene(s)?.a),
      absentBecause(s.b, scene(s)?.b),
    ] as const,
  (table, together, now, l, strategy, ssfn, noA, noB): PredictionModel | null => {
    if (!table || !now || !l) return null;
    const words = strategyWords(strategy, l, ssfn);
    const nothing = noA !== null && noB !== null;
    const of = (row: TableRow): PredictionRow => {
      if (row.id !== 'a' && row.id !== 'b') return fusedRow(row, words, nothing, (noA ?? noB) !== null);
      const absent = row.id === 'a' ? noA : noB;
      return {
        id: row.id,
        label: `${row.id.toUpperCase()} alone`,
        detail: `${now[row.id].label.toLowerCase()}, layer ${row.id === 'a' ? row.layerA : row.layerB}`,
        tone: row.id,
        probabilities: absent ? null : row.probabilities,
        absent: absent ?? undefined,
      };
    };
    const rows = [
      ...table.filter(({ id }) => id !== 'a' && id !== 'b').map(of),
      ...(nothing ? [] : (together ?? []).map((said) => togetherRow(said, now.pack))),
      ...table.filter(({ id }) => id === 'a' || id === 'b').map(of),
    ];
    const { classes } = now.task;
    const answer = nothing ? -1 : table[0].answer;
    const others = rows.slice(1).map(({ label, probabilities }) => ({
      label,
      answer: probabilities ? argmax(probabilities) : -1,
    }));
    const missing = noA ? `${now.a.label} is ${noA}.` : noB ? `${now.b.label} is ${noB}.` : '';
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
