/** The views of the penalties as documents. */
import { ForestMarks } from '../../charts/ForestChart';
import { forestHeight } from '../../charts/forest';
import { count } from '../../charts/format';
import { StepsMarks } from '../../charts/StepsChart';
import type { PenaltyEvaluation, PenaltyRow, PenaltyStrategy } from '../../packs/dependency-evaluation';
import { dropSentence, penaltySentence } from '../../packs/penalty';
import type { AppState } from '../../store/state';
import { scene } from '../../store/selectors';
import { notesOf, stemOf, type Figure } from '../figure-notes';
import { conditionWords, differenceOf, quantityOf } from '../words';
import { dropCurves, forestOf, headName, penaltyGroups, type Scope } from './model';

/** "mean over 5 seeds, 95 % over 1,000 resamples of writers and seeds; 402 pairs, test". */
export function intervalText({ variants, bootstrap, n, split }: PenaltyEvaluation): string {
  const seeds = Math.max(...variants.map((variant) => variant.seeds.length));
  return `mean over ${seeds} seeds, 95 % over ${bootstrap.resamples.toLocaleString('en')} resamples of ${bootstrap.unit}s and seeds; ${count(n)} pairs, ${split}`;
}

const underCondition = (state: AppState): string => {
  const now = scene(state);
  return now ? `Evaluated under: ${conditionWords(now.condition)}.` : '';
};

const without = (state: AppState) => ({
  condition: false,
  pairing: true,
  variant: scene(state)?.pack.variants[0].id,
});

const numbers = (row: PenaltyRow | null) =>
  row
    ? [
        row.value,
        row.lo,
        row.hi,
        row.ensemble.value,
        row.minusNone?.value ?? '',
        row.minusNone?.lo ?? '',
        row.minusNone?.hi ?? '',
      ]
    : [];

export function penaltyFigure(state: AppState, evaluation: PenaltyEvaluation, scope: Scope): Figure {
  const groups = penaltyGroups(evaluation, scope);
  const forest = forestOf(groups);
  const quantity = differenceOf(scope.metric, `difference in ${quantityOf(scope.metric).name}`);
  return {
    stem: stemOf(state, 'penalty', scope.task, scope.metric),
    notes: notesOf(
      state,
      `Heads trained with a penalty minus the same without: ${quantityOf(scope.metric).name}`,
      `${underCondition(state)} ${capital(intervalText(evaluation))}. Filled: zero lies outside the interval. ${penaltySentence(evaluation, { ...scope, condition: undefined })}`,
      without(state),
    ),
    width: 520,
    height: forestHeight(forest),
    marks: <ForestMarks groups={forest} quantity={quantity} least={leastOf(quantity.scale)} width={520} />,
    table: {
      columns: [
        'strategy',
        'penalty',
        'lambda',
        'value',
        'lo95',
        'hi95',
        'together',
        'minus_none',
        'lo95',
        'hi95',
      ],
      rows: groups.flatMap(({ head, none, penalised }) => [
        [head, 'none', 0, ...numbers(none)],
        ...penalised.map(({ row, label, lambda }) => [head, label, lambda, ...numbers(row)]),
      ]),
    },
  };
}

/** A point of a share, or a hundredth: less would make noise look large. */
export const leastOf = (scale: number): number => (scale === 100 ? 0.01 : 0.02);

export function dropFigure(
  state: AppState,
  evaluation: PenaltyEvaluation,
  scope: Scope,
  modality: 'a' | 'b',
  strategy: PenaltyStrategy,
): Figure | null {
  const { at, rows, series } = dropCurves(evaluation, scope, modality, strategy);
  const first = rows[0]?.steps[0];
  if (!first) return null;
  const quantity = quantityOf(scope.metric);
  const side = modality.toUpperCase();
  return {
    stem: stemOf(state, 'modality-drop', modality, strategy, scope.metric),
    notes: notesOf(
      state,
      `${quantity.name} as ${side} is taken away: ${headName(first)}`,
      `${underCondition(state)} ${capital(dropAxis(side))}; at the right, its training means in its place. ${capital(intervalText(evaluation))}. ${dropSentence(evaluation, { ...scope, condition: undefined })}`,
      without(state),
    ),
    width: 520,
    height: 300,
    marks: (
      <StepsMarks
        at={at}
        axis={dropAxis(side)}
        endName="means"
        series={series}
        quantity={quantity}
        width={520}
        height={300}
      />
    ),
    table: {
      columns: ['penalty', 'by', 'share', 'value', 'lo95', 'hi95', 'together', 'minus_none', 'lo95', 'hi95'],
      rows: rows.flatMap(({ label, steps, means }) => [
        ...steps.map((row, n) => [label, 'noise', at[n], ...numbers(row)]),
        [label, 'means', 1, ...numbers(means)],
      ]),
    },
  };
}

export const capital = (text: string): string => text[0].toUpperCase() + text.slice(1);

export const dropAxis = (side: string): string => `noise in the states of ${side}, %`;
