/**
 * The shape of pack.json, version 1. Plural from the start: three modalities, two tasks or a penalty need no
 * second design. Fields may be added; these keep their names.
 */
import * as v from 'valibot';

const id = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** A path inside the pack: relative, no step upwards, no scheme. */
const path = v.pipe(
  v.string(),
  v.regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[\w./-]+$/, 'a relative path inside the pack'),
);

export const modalityKinds = ['text', 'audio', 'image', 'video', 'features'] as const;
export const metricNames = [
  'accuracy',
  'unweighted average recall',
  'macro-f1',
  'log-loss',
  'calibration error',
] as const;
/** Of tasks whose target is a number. */
export const numberMetricNames = ['mean absolute error', 'correlation'] as const;

const modality = v.object({
  id,
  modality: v.picklist(modalityKinds),
  /** What a person calls it: "Drawn", "Spoken". */
  label: v.string(),
  /** Folder in Hugging Face layout. */
  encoder: path,
  /** Name of the family as shown: "TimeSformer". */
  family: v.string(),
  layers: v.pipe(count, v.minValue(1), v.maxValue(48)),
  width: v.pipe(count, v.minValue(1)),
  /** `given`: the states came pooled, from elsewhere. */
  pooling: v.picklist(['cls', 'cls-distillation', 'mean', 'given']),
  /** Its features were learned from the labels of the validation samples too: what it reaches on them says too much. */
  validationSeen: v.optional(v.boolean()),
});

const pairing = v.object({ id, a: id, b: id, paired: v.picklist(['by-label', 'truly']), seed: count });
/** Modalities that one model takes together, and the layer, from 1, that it takes from each: `Joint` in fusion/joint.ts. */
const group = v.object({
  id,
  modalities: v.pipe(v.array(id), v.minLength(2)),
  layers: v.array(v.pipe(count, v.minValue(1))),
});
const task = v.object({
  id,
  label: v.string(),
  /** Left out: a class. Of a number the heads have one output, and the classes are ranges of the target, for colours. */
  target: v.optional(v.picklist(['class', 'number'])),
  classes: v.pipe(v.array(v.string()), v.minLength(2)),
  /** What selects SSFN. */
  metric: v.picklist([...metricNames, ...numberMetricNames]),
});
/** How inputs are degraded, by modality id; what the numbers mean is the modality's: media/degrade.ts. */
const condition = v.looseObject({ id, label: v.optional(v.string()), seed: v.optional(count) });
const variant = v.object({
  id,
  lambda: v.optional(v.number()),
  measure: v.optional(v.picklist(['kl', 'f', 'wasserstein'])),
});
const ssfn = v.object({
  pairing: id,
  task: id,
  variant: id,
  condition: id,
  d: v.pipe(v.number(), v.integer()),
  chosenOn: v.literal('validation'),
});
/** What a file is for; a loader finds files by role (and by the keys beside it), never by name. */
export const fileRoles = [
  'encoder-config',
  'encoder-weights',
  'preprocessor',
  'tokenizer',
  'standardisation',
  'probes',
  'heads',
  'record',
  /** −log p of every class by the pair heads, beside a record: `EvaluationRecord.pairLogs`. */
  'pair-logs',
  'sample-states',
  'similarity',
  /** Alignment matrices with nulls, and the statistical networks: `DependencyFile`. */
  'dependency',
  /** What `evaluate` measured, as it prints it. */
  'evaluation',
  /** Heads of a variant by further seeds: `SeedHeads`. */
  'head-seeds',
  /** The model of a group of modalities and a task: `JointWeights`. */
  'joint',
  /** The dependency of a group's modalities at its layers, with its null: `JointDependency`. */
  'joint-dependency',
  /** What `evaluate --dependency` measured: `DependencyEvaluation`. */
  'dependency-evaluation',
  'card',
] as const;
const file = v.object({
  path,
  role: v.picklist(fileRoles),
  bytes: count,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** `first`: the first prediction needs it; `lazy`: fetched when a view needs it. */
  when: v.picklist(['first', 'lazy']),
  modality: v.optional(id),
  pairing: v.optional(id),
  group: v.optional(id),
  task: v.optional(id),
  variant: v.optional(id),
  condition: v.optional(id),
  split: v.optional(v.picklist(['validation', 'test'])),
});
const source = v.object({
  name: v.string(),
  licence: v.string(),
  citation: v.string(),
  url: v.optional(v.string()),
});

export const packSchema = v.object({
  schema: v.literal(1),
  id,
  title: v.string(),
  question: v.string(),
  modalities: v.pipe(v.array(modality), v.minLength(2)),
  pairings: v.pipe(v.array(pairing), v.minLength(1)),
  groups: v.optional(v.array(group)),
  tasks: v.pipe(v.array(task), v.minLength(1)),
  conditions: v.pipe(v.array(condition), v.minLength(1)),
  variants: v.pipe(v.array(variant), v.minLength(1)),
  splits: v.object({ test: v.string(), validation: v.string() }),
  ssfn: v.array(ssfn),
  files: v.pipe(v.array(file), v.minLength(1)),
  data: v.array(source),
  licence: v.string(),
  training: v.looseObject({
    seed: count,
    /** What learned from the validation samples too, once everything was chosen; left out: nothing did. */
    refit: v.optional(v.string()),
  }),
  /** Sentences for the card: what it is for, what it is not for, what to know. */
  card: v.optional(v.object({ use: v.string(), limits: v.array(v.string()) })),
});

export type Pack = v.InferOutput<typeof packSchema>;
export type PackModality = v.InferOutput<typeof modality>;
export type Pairing = v.InferOutput<typeof pairing>;
export type Group = v.InferOutput<typeof group>;
export type Task = v.InferOutput<typeof task>;
export type Condition = v.InferOutput<typeof condition>;
export type PackFile = v.InferOutput<typeof file>;
export type MetricName = Task['metric'];

/** The metrics that a task has. */
export const metricsOf = ({ target }: Pick<Task, 'target'>): readonly MetricName[] =>
  target === 'number' ? numberMetricNames : metricNames;

/** What selects: as asked for, or the first metric that the target has. */
export function metricFor(asked: MetricName, target: 'class' | 'number'): MetricName {
  const metrics = metricsOf({ target });
  return metrics.includes(asked) ? asked : metrics[0];
}

/** What a person calls a modality, by its id. */
export const labelsIn =
  (modalities: Pack['modalities']) =>
  (id: string): string =>
    modalities.find((modality) => modality.id === id)?.label ?? id;

/** Of A and of B of a pairing, by its id, whether its validation samples were seen: see `validationSeen`. */
export const seenOnValidation = (
  { modalities, pairings }: Pick<Pack, 'modalities' | 'pairings'>,
  pairing: string,
): Record<'a' | 'b', boolean> => {
  const found = pairings.find(({ id }) => id === pairing);
  const seen = (id?: string) => Boolean(modalities.find((m) => m.id === id)?.validationSeen);
  return { a: seen(found?.a), b: seen(found?.b) };
};

/** How many outputs its probes and heads have. */
export const outputsOfTask = ({ target, classes }: Pick<Task, 'target' | 'classes'>): number =>
  target === 'number' ? 1 : classes.length;
export type ModalityKind = (typeof modalityKinds)[number];
