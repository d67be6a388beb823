/**
 * What `evaluate` measures of a group of modalities, under `together` in its JSON and in the pack's file of role
 * `evaluation`: one row for each group, task, condition, metric and set of missing modalities.
 */
import * as v from 'valibot';

const figure = { value: v.number(), lo: v.number(), hi: v.number() };

export const togetherSchema = v.object({
  group: v.string(),
  task: v.string(),
  condition: v.string(),
  metric: v.string(),
  /** Ids of the modalities that are missing: given as their training means. None: the input is whole. */
  missing: v.array(v.string()),
  /** On the split, with its 95 % interval over the units of the evaluation's bootstrap. */
  ...figure,
  /** Paired difference to the whole input; null where nothing is missing. */
  minusWhole: v.nullable(v.object(figure)),
  /** What the sum of the log-probabilities of the best probes of what is there reaches; packs evaluated long ago have none. */
  scoreSum: v.optional(v.object(figure)),
  /** Paired difference to that. */
  minusScoreSum: v.optional(v.object(figure)),
});

export type TogetherRow = v.InferOutput<typeof togetherSchema>;
