/** Probes and heads of all pairings and tasks of a pack, and what they say on validation. */
import type { HeadSize } from '../../fusion/head';
import type { HeadWeights } from '../../fusion/heads';
import type { Condition, Pack, Pairing, Task } from '../../packs/schema';
import { writeHeads, writeProbes } from '../../packs/weights';
import type { PackContent } from '../../packs/write';
import {
  fitHeads,
  fitSide,
  headShape,
  type FittedProbes,
  type KeptEpochs,
  type TrainingOptions,
} from './fit';
import { bestProbeByVariant } from './noise';
import type { Noise } from './noise-of-pack';
import { dataOfTask, type BothSplits, type Prepared, type Varied } from './prepare';
import { keptOf, keyOf, type Selection } from './selection';
import type { PackSettings } from './settings';
import type { Threads } from './threads';
import { filesOf, validate } from './validate';

/** What the best probe reaches on states of each variant: far apart, the encoder knows its training samples too well. */
export interface TrustedStates {
  training: number[];
  validation: number[];
}

/** Training samples on which the probes are looked at. */
export const lookedAt = 3000;
const rounded = (value: number): number => Number(value.toFixed(3));

export interface PairingsGiven {
  settings: PackSettings;
  prepared: Prepared;
  /** Standardised. */
  states: BothSplits;
  conditions: Condition[];
  varied: Varied;
  training: TrainingOptions;
  noise: Noise;
  selection?: Selection;
}

export interface FittedPairings {
  /** Probes and heads. */
  contents: PackContent[];
  /** Records and sample states of validation. */
  made: PackContent[];
  ssfn: Pack['ssfn'];
  /** By task, then by modality. */
  trusted: Record<string, Record<string, TrustedStates>>;
  probes: Record<string, Record<string, FittedProbes>>;
  /** See `keyOf`. */
  kept: Record<string, KeptEpochs>;
  seconds: number;
  size: HeadSize;
}

/** A modality has one set of probes a task, fitted with the first pairing that it is in. */
export async function fitPairings(
  { settings, prepared, states, conditions, varied, training, noise, selection }: PairingsGiven,
  threads: Threads,
  report: (line: string) => void,
): Promise<FittedPairings> {
  const { pairings, tasks } = settings;
  const { modalities } = prepared;
  const first = dataOfTask(settings, prepared, states, tasks[0], pairings[0]);
  const out: FittedPairings = {
    contents: [],
    made: [],
    ssfn: [],
    trusted: {},
    probes: {},
    kept: {},
    seconds: 0,
    size: headShape(first),
  };
  for (const pairing of pairings)
    for (const task of tasks) {
      report(pairings.length > 1 ? `${pairing.id}, task ${task.id}` : `task ${task.id}`);
      const data = dataOfTask(settings, prepared, states, task, pairing);
      const fixed = selection && keptOf(selection, settings, pairing, task);
      const own = { ...training, stateNoise: { a: noise[pairing.a], b: noise[pairing.b] } };
      const fitted = (out.probes[task.id] ??= {});
      const trusted = (out.trusted[task.id] ??= {});
      for (const side of ['a', 'b'] as const) {
        const id = pairing[side];
        if (fitted[id]) continue;
        fitted[id] = await fitSide(data, side, own, fixed);
        const reach = async (split: 'train' | 'validation') =>
          (await bestProbeByVariant(fitted[id].weights, data[split][side], task.metric, lookedAt)).map(
            rounded,
          );
        trusted[id] = { training: await reach('train'), validation: await reach('validation') };
        const names = [
          ...conditions.map((condition) => condition.id),
          ...varied[id].map((_, v) => `${id} varied ${v + 1}`),
        ];
        const told = (values: number[]) => values.map((value, v) => `${names[v]} ${value}`).join(', ');
        report(`${id}, best probe on training states: ${told(trusted[id].training)}`);
        report(`${id}, best probe on validation states: ${told(trusted[id].validation)}`);
      }
      const heads = await fitHeads(data, own, threads, report, fixed);
      const { a, b } = pairing;
      out.kept[keyOf(settings, pairing, task)] = {
        probes: { a: fitted[a].kept, b: fitted[b].kept },
        heads: heads.kept,
      };
      out.seconds += heads.seconds;
      const weights = { [a]: fitted[a].weights, [b]: fitted[b].weights };
      const models = modelContents(settings, pairing, task, weights, heads.weights);
      const sides = [modalities[a], modalities[b]];
      const found = await validate(settings, pairing, task, conditions, data, sides, models, report);
      out.contents.push(...models.filter(({ role }) => role === 'heads' || pairings.length === 1));
      out.made.push(...found.contents);
      out.ssfn.push(...found.ssfn);
    }
  // of several pairings, one file with the probes of all modalities
  if (pairings.length > 1)
    for (const task of tasks) {
      const weights = Object.fromEntries(
        Object.keys(modalities).map((id) => [id, out.probes[task.id][id].weights]),
      );
      out.contents.push(...filesOf(settings, pairings[0], task, [probesFile(task, weights)]));
    }
  return out;
}

const probesFile = (task: Task, weights: Parameters<typeof writeProbes>[0]): PackContent => ({
  path: 'probes.safetensors',
  role: 'probes',
  when: 'first',
  task: task.id,
  content: writeProbes(weights),
});

/** The heads of the first pairing and task are there for the first prediction, others' when they are asked for. */
function modelContents(
  settings: PackSettings,
  pairing: Pairing,
  task: Task,
  probes: Parameters<typeof writeProbes>[0],
  heads: HeadWeights,
): PackContent[] {
  const { pairings, tasks } = settings;
  return filesOf(settings, pairing, task, [
    probesFile(task, probes),
    {
      path: 'heads.none.safetensors',
      role: 'heads',
      when: task === tasks[0] && pairing === pairings[0] ? 'first' : 'lazy',
      content: writeHeads(heads),
      pairing: pairing.id,
      task: task.id,
      variant: 'none',
    },
  ]);
}
