/** What the shipped models say on validation: records, the SSFN of each condition, the states to ship. */
import { bestProbes } from '../../engine/evaluation';
import { largerIsBetter } from '../../math/bootstrap';
import { createHeads } from '../../fusion/heads';
import { createProbes } from '../../fusion/probe';
import { headIndex } from '../../math/skew';
import type { StoredEncoder } from '../../packs/open';
import { encodeSampleStates } from '../../packs/sample-states';
import type { Condition, MetricName, Pack, PackModality, Pairing, Task } from '../../packs/schema';
import { readHeads, readProbes } from '../../packs/weights';
import type { PackContent } from '../../packs/write';
import type { Sample } from './data';
import type { TrainingData } from './fit';
import type { SharedSet } from './messages';
import {
  addScoreSum,
  drawsOf,
  makeRecord,
  metricOfAll,
  partnersOf,
  predictPairs,
  recordContents,
  unitsOf,
  type Side,
} from './predict';
import { rankSkews, type SkewDraw } from './select';
import type { PackSettings } from './settings';
import { conditionStates } from './states';

export interface ModalityData {
  stored: StoredEncoder;
  train: Sample[];
  validation: Sample[];
}

/** Pairings over which choices on validation are averaged. */
export const selectionDraws = 5;
/** Samples whose pooled states the pack ships: 2.3 MB for two encoders of 12 layers and width 96. */
const shippedSamples = 500;

/** Files of a task that is not the pack's first have its name before theirs, and so those of a pairing. */
export function filesOf(
  { tasks, pairings }: Pick<PackSettings, 'tasks' | 'pairings'>,
  pairing: Pick<Pairing, 'id'>,
  task: Pick<Task, 'id'>,
  files: PackContent[],
): PackContent[] {
  const before = [
    ...(pairing.id === pairings[0].id ? [] : [pairing.id]),
    ...(task.id === tasks[0].id ? [] : [task.id]),
  ];
  return files.map((file) => ({ ...file, path: [...before, file.path].join('.') }));
}

/** By the models as they are on disk. @param contents the task's probes and heads */
export async function validate(
  settings: PackSettings,
  pairing: Pairing,
  task: Task,
  conditions: Condition[],
  { validation, classes }: TrainingData,
  [a, b]: ModalityData[],
  contents: PackContent[],
  report: (line: string) => void,
): Promise<{ ssfn: Pack['ssfn']; contents: PackContent[] }> {
  const { unit, pairings } = settings;
  const name = pairings.length > 1 ? `${pairing.id}, ${task.id}` : task.id;
  const [ma, mb] = [a.stored.modality, b.stored.modality];
  const models = openModels(contents, ma, mb, classes);
  const scope = { pairing: pairing.id, task: task.id, variant: 'none' };
  const { labels } = validation.a;
  const ssfn: Pack['ssfn'] = [];
  const made: PackContent[] = [];
  for (const [c, condition] of conditions.entries()) {
    const side = (set: SharedSet, { validation }: ModalityData, rows: Int32Array): Side => ({
      layers: set.layers,
      width: set.width,
      states: conditionStates(set, c),
      ids: validation.map(({ id }) => id),
      rows,
    });
    const sideA = side(
      validation.a,
      a,
      Int32Array.from(labels, (_, s) => s),
    );
    const draws: SkewDraw[] = [];
    for (let draw = 0; draw < drawsOf(pairing, selectionDraws); draw++) {
      const partners = partnersOf(pairing, labels, validation.b.labels, draw);
      const sideB = side(validation.b, b, partners);
      const predictions = await predictPairs(models, sideA, sideB);
      const value = (metric: MetricName) => metricOfAll(predictions, labels, metric);
      draws.push({ metric: value(task.metric), loss: value('log-loss') });
      if (draw > 0) continue;
      const about = {
        ...scope,
        condition: condition.id,
        split: 'validation' as const,
        la: ma.layers,
        lb: mb.layers,
        idsA: sideA.ids,
        idsB: Array.from(partners, (partner) => sideB.ids[partner]),
        labels,
        unitName: unit.name,
      };
      const units = unitsOf(unit.of, a.validation, b.validation, partners);
      const best = bestProbes(makeRecord(predictions, about, units), task.metric);
      addScoreSum(predictions, ma.layers, best.a - 1, best.b - 1);
      made.push(
        ...recordContents(predictions, makeRecord(predictions, about, units), condition.id === 'standard'),
      );
      if (condition.id === 'standard' && task === settings.tasks[0])
        made.push({
          path: 'samples.standard.safetensors',
          role: 'sample-states',
          when: 'lazy',
          pairing: pairing.id,
          condition: condition.id,
          split: 'validation',
          content: shipStates(sideA, sideB, labels),
        });
      const all = value(task.metric);
      const head = (d: number, k: number) =>
        all[ma.layers + mb.layers + headIndex({ d, k }, ma.layers, mb.layers)];
      report(
        `${name}, ${condition.id}, validation: best probes ${all[best.a - 1].toFixed(3)} (layer ${best.a}) and ` +
          `${all[ma.layers + best.b - 1].toFixed(3)} (layer ${best.b}), score sum ${all[predictions.models - 1].toFixed(3)}, ` +
          `pairwise ${head(0, Math.min(ma.layers, mb.layers)).toFixed(3)}`,
      );
    }
    const ranked = rankSkews(draws, ma.layers, mb.layers, largerIsBetter(task.metric) ? 1 : -1);
    ssfn.push({ ...scope, condition: condition.id, d: ranked[0].d, chosenOn: 'validation' });
    const late = ranked.find(({ d }) => d === 0)!;
    const best = [...ranked.slice(0, 5), late].map(({ d, value }) => `d = ${d} ${value.toFixed(4)}`);
    report(`${name}, ${condition.id}, skews on validation: ${best.join(', ')}`);
  }
  models.dispose();
  return { ssfn, contents: filesOf(settings, pairing, task, made) };
}

/** The probes and heads of a pack, from its files. */
function openModels(contents: PackContent[], a: PackModality, b: PackModality, classes: number) {
  const fileOf = (role: string) => contents.find((file) => file.role === role)!.content;
  const expected = { la: a.layers, lb: b.layers, widthA: a.width, widthB: b.width, classes };
  const heads = createHeads(readHeads(fileOf('heads'), expected, 'heads'));
  const probesA = createProbes(readProbes(fileOf('probes'), a, classes, 'probes'));
  const probesB = createProbes(readProbes(fileOf('probes'), b, classes, 'probes'));
  const dispose = () => [heads, probesA, probesB].forEach((models) => models.dispose());
  return { heads, probesA, probesB, dispose };
}

/** The states of evenly spread validation pairs. */
function shipStates(a: Side, b: Side, labels: Uint8Array): Uint8Array<ArrayBuffer> {
  const n = Math.min(shippedSamples, labels.length);
  const chosen = Array.from({ length: n }, (_, s) => Math.floor((s * labels.length) / n));
  const pick = ({ layers, width, states, rows }: Side) => {
    const size = layers * width;
    const out = new Float32Array(n * size);
    chosen.forEach((pair, s) =>
      out.set(states.subarray(rows[pair] * size, (rows[pair] + 1) * size), s * size),
    );
    return { layers, width, states: out };
  };
  return encodeSampleStates({
    labels: Uint8Array.from(chosen, (pair) => labels[pair]),
    idsA: chosen.map((pair) => a.ids[a.rows[pair]]),
    idsB: chosen.map((pair) => b.ids[b.rows[pair]]),
    a: pick(a),
    b: pick(b),
  });
}
