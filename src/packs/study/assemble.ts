/** From all heads of a study to its choices on validation, its figures on test, and its files. */
import { largerIsBetter } from '../../math/bootstrap';
import { assembleHeads } from '../../fusion/train';
import { figuresOf, type Result } from '../figures';
import { addScoreSum, makeRecord, metricOfAll, recordContents, type PairPredictions } from '../predictions';
import { modelCount } from '../record';
import { metricsOf, type MetricName, type Pack } from '../schema';
import { rankSkews } from '../select';
import { writeProbes, writeStandardisations, writeHeads } from '../weights';
import { assemblePack, jsonContent, type PackContent } from '../write';
import { headShapeOf, rowsOfSplit, type SplitIndex, type StudyAbout } from './settings';
import { missingShards, type StudyShard } from './shard';

/** What `evaluate` prints of a pack, of a study. */
export interface StudyEvaluation {
  schema: 1;
  pack: string;
  split: 'test';
  n: number;
  backend: string;
  pairing: { seed: number; draws: 1 };
  bootstrap: { resamples: number; unit: string; units: number };
  results: Result[];
}

export interface AssembledStudy {
  about: StudyAbout;
  evaluation: StudyEvaluation;
  ssfn: number;
  /** Everything of pack.json but its files. */
  pack: Omit<Pack, 'files'>;
  /** What the views need; no heads. */
  contents: PackContent[];
  /** The heads, in float32: ten megabytes and more. */
  heads: () => PackContent;
}

const scope = { pairing: 'a-b', task: 'label', variant: 'none' } as const;
const condition = 'clean';
const held = { validation: 1, test: 2 } as const satisfies Record<string, SplitIndex>;

/** @throws Error where heads are missing: see `missingShards` */
export function assembleStudy(shard: StudyShard, backend: string): AssembledStudy {
  const { about, probes } = shard;
  if (missingShards(shard).length > 0 || !probes) throw new Error('The study is not complete.');
  const { settings } = about;
  const shape = headShapeOf(about);
  const { la, lb, classes } = shape;
  const { metric } = settings;
  const unitName = about.groupName ?? 'sample';
  const of = (split: 'validation' | 'test') => {
    const rows = rowsOfSplit(about.split, held[split]);
    const labels = Uint8Array.from(rows, (s) => about.labels[s]);
    const predictions = predictionsOf(shard, split, labels.length);
    const { numbers } = about;
    if (numbers)
      predictions.numbers = {
        truth: Float32Array.from(rows, (s) => numbers.values[s]),
        edges: numbers.edges,
      };
    return { split, rows, labels, predictions };
  };
  const [validation, test] = [of('validation'), of('test')];
  const onValidation = metricOfAll(validation.predictions, validation.labels, metric);
  const best = bestProbes(onValidation, la, lb, metric);
  for (const { predictions } of [validation, test]) addScoreSum(predictions, la, best.a - 1, best.b - 1);
  const draw = {
    metric: onValidation,
    loss: metricOfAll(
      validation.predictions,
      validation.labels,
      about.numbers ? 'mean absolute error' : 'log-loss',
    ),
  };
  const [{ d: ssfn }] = rankSkews([draw], la, lb, largerIsBetter(metric) ? 1 : -1);
  const contents: PackContent[] = [];
  for (const { split, rows, labels, predictions } of [validation, test]) {
    const ids = Array.from(rows, (s) => about.ids[s]);
    const units = Array.from(rows, (s) => String(about.units[s]));
    const record = makeRecord(
      predictions,
      { ...scope, condition, split, la, lb, idsA: ids, idsB: ids, labels, unitName },
      units,
    );
    // what the pair heads say of a number is in the record itself
    contents.push(...recordContents(predictions, record, !about.numbers));
  }
  const units = Uint16Array.from(test.rows, (s) => about.units[s]);
  const input = {
    la,
    lb,
    labels: test.labels,
    units,
    draws: [test],
    ssfn,
    bestProbes: best,
    resamples: settings.resamples,
    seed: settings.seed,
  };
  const target = about.numbers ? 'number' : 'class';
  const metrics: MetricName[] = [metric, ...metricsOf({ target }).filter((name) => name !== metric)];
  const evaluation: StudyEvaluation = {
    schema: 1,
    pack: 'study',
    split: 'test',
    n: test.labels.length,
    backend,
    pairing: { seed: settings.seed, draws: 1 },
    bootstrap: { resamples: settings.resamples, unit: unitName, units: new Set(units).size },
    results: metrics.map((name) => figuresOf({ ...scope, condition, metric: name }, input)),
  };
  const file = (path: string, role: PackContent['role'], content: PackContent['content']): PackContent => ({
    path,
    role,
    when: role === 'evaluation' ? 'lazy' : 'first',
    content,
    ...(role === 'probes' ? { task: scope.task } : {}),
  });
  contents.push(
    file('standardisation.safetensors', 'standardisation', writeStandardisations(shard.standardisation)),
    file('probes.safetensors', 'probes', writeProbes({ a: probes.a.weights, b: probes.b.weights })),
    file('evaluation.test.json', 'evaluation', jsonContent(evaluation)),
  );
  return {
    about,
    evaluation,
    ssfn,
    pack: packOf(about, ssfn),
    contents,
    heads: () => ({
      path: 'heads.none.safetensors',
      role: 'heads',
      when: 'lazy',
      ...scope,
      content: writeHeads(assembleHeads(shape, shard.chunks), { exact: true }),
    }),
  };

  function predictionsOf({ chunks }: StudyShard, split: 'validation' | 'test', n: number): PairPredictions {
    const models = modelCount(la, lb);
    const size = n * classes;
    const probabilities = new Float32Array(models * size);
    probabilities.set(probes!.a.heldOut[split]);
    probabilities.set(probes!.b.heldOut[split], la * size);
    for (const chunk of chunks)
      chunk.heads.forEach((head, h) =>
        probabilities.set(chunk[split].subarray(h * size, (h + 1) * size), (la + lb + head) * size),
      );
    return { models, n, classes, probabilities };
  }
}

/** Layers from 1; equals are settled for the earlier layer, and for A. */
function bestProbes(
  value: ArrayLike<number>,
  la: number,
  lb: number,
  metric: MetricName,
): Result['bestProbes'] {
  const sign = largerIsBetter(metric) ? 1 : -1;
  const best = (from: number, count: number): number => {
    let at = from;
    for (let m = from; m < from + count; m++) if (sign * value[m] > sign * value[at]) at = m;
    return at;
  };
  const [a, b] = [best(0, la), best(la, lb)];
  return { a: a + 1, b: b - la + 1, better: sign * value[b] > sign * value[a] ? 'b' : 'a' };
}

function packOf(about: StudyAbout, ssfn: number): Omit<Pack, 'files'> {
  const { settings, a, b, classes, numbers, split, units, groupName } = about;
  const count = (part: SplitIndex): string => {
    const rows = rowsOfSplit(split, part);
    const samples = `${rows.length} samples`;
    return groupName
      ? `${samples} of ${new Set(Array.from(rows, (s) => units[s])).size} ${groupName}s`
      : samples;
  };
  const modality = (
    id: 'a' | 'b',
    { label, layers, width }: StudyAbout['a'],
  ): Pack['modalities'][number] => ({
    id,
    modality: 'features',
    label,
    encoder: `features/${id}`,
    family: 'given features',
    layers,
    width,
    pooling: 'given',
  });
  const shown = classes.slice(0, 6).join(', ');
  return {
    schema: 1,
    id: 'study',
    title: about.title,
    question: numbers
      ? 'Which number is the label?'
      : `Which of ${classes.length} classes: ${shown}${classes.length > 6 ? ', …' : ''}?`,
    modalities: [modality('a', a), modality('b', b)],
    pairings: [{ id: scope.pairing, a: 'a', b: 'b', paired: 'truly', seed: settings.seed }],
    tasks: [
      {
        id: scope.task,
        label: 'Label',
        ...(numbers ? { target: 'number' as const } : {}),
        classes,
        metric: settings.metric,
      },
    ],
    conditions: [{ id: condition, label: 'as given' }],
    variants: [{ id: scope.variant }],
    splits: { test: `${count(2)}; ${about.splitBy}`, validation: `${count(1)}; ${about.splitBy}` },
    ssfn: [{ ...scope, condition, d: ssfn, chosenOn: 'validation' }],
    data: [a, b].map(({ label, file, array, sha256 }) => ({
      name: `${label}: ${file}, ${array}`,
      licence: 'as its owner says',
      citation: `SHA-256 ${sha256}`,
    })),
    licence: 'as the owners of the features say',
    training: { ...settings, trainedOn: rowsOfSplit(split, 0).length, program: about.program },
    card: {
      use: 'To show which layers of the two encoders fuse best on this labelled set.',
      limits: [
        'The layer states were computed elsewhere; how they were pooled is not known here.',
        `Heads were trained on ${count(0)}; the intervals resample the ${groupName ?? 'sample'}s of the test part.`,
      ],
    },
  };
}

/** The study as a pack folder, heads included: path → bytes. */
export const packFiles = ({
  pack,
  contents,
  heads,
}: AssembledStudy): Promise<Map<string, Uint8Array<ArrayBuffer>>> =>
  assemblePack(pack, [...contents, heads()]);
