/** The models that take several modalities together: their layers are chosen on validation, on the first task. */
import { defaultHead } from '../../fusion/head';
import type { JointShape } from '../../fusion/joint';
import { fitJoint, type JointFitOptions, type JointMember } from '../../fusion/joint-train';
import type { StateSet } from '../../fusion/pairs';
import { members } from '../../fusion/parameters';
import { UserError } from '../../math/errors';
import { mixSeed } from '../../math/random';
import { writeJoint } from '../../packs/joint-file';
import type { Group, Task } from '../../packs/schema';
import type { PackContent } from '../../packs/write';
import type { FittedProbes, TrainingOptions } from './fit';
import { labelledSet, type BothSplits, type Prepared } from './prepare';
import type { Selection } from './selection';
import type { PackSettings } from './settings';

/** Probability that a modality is dropped while such a model learns. */
const drop = 0.25;

export interface GroupFacts {
  id: string;
  layers: number[];
  drop: number;
  /** What was tried, on the first task: mean log-loss on validation over all sets of modalities that are there. */
  trials: { name: string; layers: number[]; loss: number }[];
  /** The epoch that the model of each task keeps. */
  kept: Record<string, number>;
  how: string;
}

interface Given {
  settings: PackSettings;
  prepared: Prepared;
  states: BothSplits;
  training: TrainingOptions;
  /** By modality. */
  noise: Record<string, number>;
  /** By task, then by modality. */
  probes: Record<string, Record<string, FittedProbes>>;
  /** Left out: layers and epochs are chosen here. */
  selection?: Selection;
  report: (line: string) => void;
}

export async function trainGroups(
  given: Given,
): Promise<{ groups: Group[]; contents: PackContent[]; facts: GroupFacts[] }> {
  const { settings, report } = given;
  const groups: Group[] = [];
  const contents: PackContent[] = [];
  const facts: GroupFacts[] = [];
  for (const { id, modalities } of settings.groups ?? []) {
    const [first, ...others] = settings.tasks;
    const before = given.selection && chosenBefore(given.selection, id);
    const tried = before ? [{ name: 'chosen', layers: before.layers }] : candidates(given, modalities);
    const fit = (task: Task, layers: number[][]) =>
      fitTask(given, modalities, task, layers, before && [before.kept[task.id]]);
    const { fitted, shape } = await fit(
      first,
      tried.map(({ layers }) => layers),
    );
    const best = fitted.loss.reduce((at, loss, g) => (loss < fitted.loss[at] ? g : at), 0);
    const { layers } = tried[best];
    if (!before)
      tried.forEach(({ name, layers }, g) =>
        report(`${id}, ${name} (${layers.join(', ')}): log-loss ${fitted.loss[g].toFixed(4)}`),
      );
    const file = (task: Task, parameters: typeof fitted.parameters): PackContent => ({
      path: `${[...(task === first ? [] : [task.id]), 'joint', id].join('.')}.safetensors`,
      role: 'joint',
      when: 'lazy',
      group: id,
      task: task.id,
      content: writeJoint({ shape, parameters }),
    });
    contents.push(file(first, members(fitted.parameters, best, best + 1)));
    const kept = { [first.id]: fitted.epoch[best] };
    for (const task of others) {
      const { fitted: other } = await fit(task, [layers]);
      contents.push(file(task, other.parameters));
      kept[task.id] = other.epoch[0];
    }
    groups.push({ id, modalities, layers });
    facts.push(
      before ?? {
        id,
        layers,
        drop,
        trials: tried.map(({ name, layers }, g) => ({
          name,
          layers,
          loss: Number(fitted.loss[g].toFixed(4)),
        })),
        kept,
        how: 'layers and epoch by the least log-loss on validation, the mean over its conditions and all sets of modalities that are there',
      },
    );
  }
  return { groups, contents, facts };
}

/** What was chosen for a group before an encoder was refit. */
function chosenBefore({ pack }: Selection, id: string): GroupFacts {
  const found = (pack.training.groups as GroupFacts[] | undefined)?.find((group) => group.id === id);
  if (!found) throw new UserError(`The selection before the refit has no group ${id}: fit the heads again.`);
  return found;
}

/** Layers from 1: those of the best probes, the last, and those two thirds and one third of the way. */
function candidates({ settings, prepared, probes }: Given, modalities: readonly string[]) {
  const { [settings.tasks[0].id]: ofTask } = probes;
  const counts = modalities.map((id) => prepared.modalities[id].stored.modality.layers);
  const part = (share: number) => counts.map((count) => Math.max(1, Math.round(share * count)));
  const best = modalities.map((id) => {
    const { loss } = ofTask[id];
    return loss.indexOf(Math.min(...loss)) + 1;
  });
  const all = [
    { name: 'layers of the best probes', layers: best },
    { name: 'last layers', layers: counts },
    { name: 'two thirds of the way', layers: part(2 / 3) },
    { name: 'one third of the way', layers: part(1 / 3) },
  ];
  return all.filter(
    ({ layers }, at) => all.findIndex((other) => String(other.layers) === String(layers)) === at,
  );
}

async function fitTask(
  { settings, prepared, states, training, noise }: Given,
  modalities: readonly string[],
  task: Task,
  candidates: readonly number[][],
  keptEpochs?: readonly number[],
) {
  const sets = (split: 'train' | 'validation') =>
    modalities.map((id): StateSet => {
      const { states: shared, ...rest } = labelledSet(settings, prepared.modalities, states, task, split, id);
      return { ...rest, states: new Float32Array(shared) };
    });
  const train = sets('train');
  const shape: JointShape = {
    widths: train.map(({ width }) => width),
    ...(settings.head ?? defaultHead),
    classes: task.classes.length,
  };
  const options: JointFitOptions = {
    ...training,
    keptEpochs,
    drop,
    noise: modalities.map((id) => noise[id]),
    exchanged: modalities.map((id) => settings.exchanged?.[id] ?? 0),
  };
  const list = candidates.map((layers): JointMember => ({
    layers: layers.map((layer) => layer - 1),
    seed: mixSeed(training.seed, 'joint', ...layers),
  }));
  return { fitted: await fitJoint(shape, list, train, sets('validation'), options), shape };
}
