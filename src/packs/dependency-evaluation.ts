/**
 * The lazy pack file of role `dependency-evaluation`: SSFN, late and pairwise trained with each penalty and without,
 * on test, whole and as A or B is dropped or worn away. Written by `evaluate --dependency`.
 */
import * as v from 'valibot';
import { UserError } from '../math/errors';
import { metricNames, numberMetricNames } from './schema';

const number = v.pipe(v.number(), v.finite());
const figure = { value: number, lo: number, hi: number };
const measure = v.picklist(['kl', 'f', 'wasserstein']);

const drop = v.object({
  modality: v.picklist(['a', 'b']),
  /** `means`: the stored training means; `noise`: √(1 − s²) of the states and s of noise, s the share. */
  by: v.picklist(['means', 'noise']),
  share: v.pipe(number, v.minValue(0), v.maxValue(1)),
});

const row = v.object({
  pairing: v.string(),
  task: v.string(),
  condition: v.string(),
  metric: v.picklist([...metricNames, ...numberMetricNames]),
  /** Null: both modalities are whole. */
  drop: v.nullable(drop),
  strategy: v.picklist(['ssfn', 'late', 'pairwise']),
  d: number,
  k: number,
  variant: v.string(),
  /** Mean over the seeds, its 95 % interval over units and seeds. */
  ...figure,
  /** Of each seed. */
  seeds: v.array(number),
  /** All seeds as one model, by the mean of their log-probabilities; its 95 % interval over units. */
  ensemble: v.object(figure),
  /** This variant minus `none`, paired by seed and resample; null for `none` itself. */
  minusNone: v.nullable(v.object(figure)),
});

const schema = v.object({
  schema: v.literal(1),
  split: v.string(),
  n: number,
  bootstrap: v.object({ resamples: number, unit: v.string() }),
  variants: v.array(
    v.object({ id: v.string(), measure: v.nullable(measure), lambda: number, seeds: v.array(number) }),
  ),
  rows: v.pipe(v.array(row), v.minLength(1)),
});

export type PenaltyEvaluation = v.InferOutput<typeof schema>;
export type PenaltyRow = PenaltyEvaluation['rows'][number];
export type PenaltyDrop = v.InferOutput<typeof drop>;
export type PenaltyStrategy = PenaltyRow['strategy'];

/** In the order in which they are shown. */
export const penaltyStrategies: readonly PenaltyStrategy[] = ['ssfn', 'late', 'pairwise'];

/** @throws UserError naming the first field that is missing, of another kind or not a number */
export function decodePenaltyEvaluation(bytes: Uint8Array, file: string): PenaltyEvaluation {
  const fail = (field: string): never => {
    throw new UserError(
      `The file ${file} cannot be used: ${field} is missing or wrong. Get the pack again.`,
      field,
    );
  };
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return fail('its JSON');
  }
  const result = v.safeParse(schema, json);
  return result.success ? result.output : fail(v.getDotPath(result.issues[0]) ?? 'the whole file');
}
