/** The models that take several modalities, on inputs that are whole and that lack any of the modalities. */
import { createJoint } from '../../fusion/joint';
import { presences } from '../../fusion/joint-train';
import { createProbes } from '../../fusion/probe';
import { Bootstrap, bootstrapChunks, percentileInterval } from '../../math/bootstrap';
import { logs, scoreSum } from '../../math/probability';
import type { OpenPack } from '../../packs/open';
import type { Group, MetricName, Task } from '../../packs/schema';
import type { TogetherRow } from '../../packs/together';
import * as tf from '../../runtime/tf';
import { labelsOf } from '../heads/data';
import { outcomes, unitNumbers } from '../heads/predict';
import { bestOnValidation, type Encoded, type Given } from './task';

/** The metric that selects, and those that stand beside it. */
const metricsOf = ({ metric }: Task): MetricName[] => [
  ...new Set<MetricName>([metric, 'macro-f1', 'log-loss']),
];

/** All groups, tasks, conditions, and sets of missing modalities; the whole input first. */
export async function evaluateTogether({
  open,
  settings,
  options,
  samples,
  encoded,
}: Given): Promise<TogetherRow[]> {
  const { pack } = open;
  const rows: TogetherRow[] = [];
  for (const group of pack.groups ?? [])
    for (const [t, task] of settings.tasks.entries()) {
      const of = samples[group.modalities[0]];
      const labels = labelsOf(of, t);
      const units = unitNumbers(of.map(({ unit }) => unit));
      const joint = createJoint(await open.joint(group.id, task.id));
      const there = presences(group.modalities.length);
      for (const { condition, shift, states } of encoded) {
        if (shift !== undefined) continue;
        const given = group.modalities.map((id, m) => {
          const { layers, width } = pack.modalities.find((modality) => modality.id === id)!;
          return layerOf(states[id], layers, width, group.layers[m] - 1);
        });
        const { classes } = joint.shape;
        const n = labels.length;
        const models = 2 * there.length;
        // the group's model with each set of modalities, then the score sum of each
        const probabilities = new Float32Array(models * n * classes);
        const alone: Float64Array[] = [];
        for (const id of group.modalities)
          alone.push(await bestProbeSays(open, id, task, { condition, states }, n));
        for (const [s, present] of there.entries()) {
          probabilities.set(await joint.run(given.map((x, m) => (present[m] ? x : null))), s * n * classes);
          const sum = alone.filter((_, m) => present[m]).reduce((x, y) => scoreSum(x, y, classes));
          probabilities.set(sum.map(Math.exp), (there.length + s) * n * classes);
        }
        tf.dispose(given);
        const said = outcomes({ models, n, classes, probabilities }, labels);
        const data = { models, labels, units, ...said };
        const seed = pack.pairings[0].seed;
        for (const metric of metricsOf(task))
          rows.push(
            ...figures(new Bootstrap(data, metric, seed), options.resamples).map((figure, s) => ({
              group: group.id,
              task: task.id,
              condition: condition.id,
              metric,
              missing: missingOf(group, there[s]),
              ...figure,
            })),
          );
      }
      joint.dispose();
    }
  return rows;
}

/** log p [n, classes] of a modality's best probe on validation under the condition, by the first pairing that has it. */
async function bestProbeSays(
  open: OpenPack,
  id: string,
  task: Task,
  { condition, states }: Encoded,
  n: number,
): Promise<Float64Array> {
  const pairing = open.pack.pairings.find(({ a, b }) => a === id || b === id)!;
  const scope = { pairing: pairing.id, task: task.id, variant: open.pack.variants[0].id };
  const best = (await bestOnValidation(open, scope, task, condition.id))[pairing.a === id ? 'a' : 'b'];
  const { layers, width } = open.pack.modalities.find((modality) => modality.id === id)!;
  const probes = createProbes(open.probes(task.id, id));
  const given = tf.tensor(states[id], [n, layers, width]);
  const said = await probes.run(given);
  tf.dispose(given);
  probes.dispose();
  const size = said.length / layers;
  return logs(said.subarray((best - 1) * size, best * size));
}

const missingOf = ({ modalities }: Group, present: readonly boolean[]): string[] =>
  modalities.filter((_, m) => !present[m]);

function layerOf(states: Float32Array, layers: number, width: number, layer: number): tf.Tensor {
  const n = states.length / (layers * width);
  const out = new Float32Array(n * width);
  for (let s = 0; s < n; s++)
    out.set(states.subarray((s * layers + layer) * width, (s * layers + layer + 1) * width), s * width);
  return tf.tensor(out, [n, width]);
}

/** Never −0, which JSON does not keep. */
const round = (x: number): number => Number(x.toFixed(5)) + 0;

type Figures = Pick<TogetherRow, 'value' | 'lo' | 'hi' | 'minusWhole' | 'scoreSum' | 'minusScoreSum'>;

/** Of the first half of the models, with the difference to the first and to its own in the other half. */
function figures(bootstrap: Bootstrap, resamples: number): Figures[] {
  const { models, value } = bootstrap;
  const drawn = Array.from({ length: models }, () => new Float64Array(resamples));
  let r = 0;
  for (const { values } of bootstrapChunks(bootstrap, resamples, 250))
    for (let from = 0; from < values.length; from += models, r++)
      for (let m = 0; m < models; m++) drawn[m][r] = values[from + m];
  const figure = (own: number, over: Float64Array) => {
    const { lo, hi } = percentileInterval(over);
    return { value: round(own), lo: round(lo), hi: round(hi) };
  };
  const of = (m: number) => figure(value[m], drawn[m]);
  const minus = (m: number, other: number) =>
    figure(
      value[m] - value[other],
      drawn[m].map((x, at) => x - drawn[other][at]),
    );
  return Array.from({ length: models / 2 }, (_, m) => ({
    ...of(m),
    minusWhole: m === 0 ? null : minus(m, 0),
    scoreSum: of(models / 2 + m),
    minusScoreSum: minus(m, models / 2 + m),
  }));
}
