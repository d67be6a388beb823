/** Evaluates a pack on one split of its data: each input encoded once a condition, the heads as they are on disk. */
import { standardise } from '../../fusion/standardise';
import { UserError } from '../../math/errors';
import { folderSource } from '../../packs/folder';
import { openPack, type OpenPack } from '../../packs/open';
import type { Condition } from '../../packs/schema';
import type { TogetherRow } from '../../packs/together';
import type { PackContent } from '../../packs/write';
import { startNode } from '../../runtime/node';
import { checkPaired, labelsOf } from '../heads/data';
import { readStoredEncoder } from '../heads/encoder-folder';
import type { Variant } from '../heads/messages';
import { drawsOf, partnersOf, unitsOf } from '../heads/predict';
import { settingsOf } from '../heads/settings';
import { conditionStates, statesOf } from '../heads/states';
import { Threads } from '../heads/threads';
import { filesOf } from '../heads/validate';
import type { DependencyEvaluation } from './dependency';
import type { Result } from './results';
import { evaluateTask, type Encoded, type EvaluateOptions, type Given, type ShiftResult } from './task';
import { evaluateTogether } from './together';
import { evaluateVariants } from './variants';

export interface Evaluation {
  schema: 1;
  pack: string;
  split: string;
  n: number;
  backend: string;
  pairing: { seed: number; draws: number };
  bootstrap: { resamples: number; unit: string; units: number };
  seconds: number;
  results: Result[];
  shifts?: ShiftResult[];
  /** Of packs with groups of modalities: each with every set of them missing. */
  together?: TogetherRow[];
  dependency?: DependencyEvaluation;
}

/** @returns the figures, and the records of the split as pack files */
export async function evaluatePack(
  packDir: string,
  dataDir: string,
  options: EvaluateOptions,
): Promise<{ evaluation: Evaluation; contents: PackContent[]; open: OpenPack }> {
  const start = performance.now();
  const { backend } = await startNode();
  const open = await openPack(folderSource(packDir));
  const { pack } = open;
  const settings = settingsOf(pack.id);
  const conditions = chosenConditions(open, options.conditions);
  const ids = pack.modalities.map(({ id }) => id);
  const samples = Object.fromEntries(ids.map((id) => [id, settings.samples(id, dataDir, [options.split])]));
  if (ids.some((id) => samples[id].length === 0))
    throw new UserError(
      `${dataDir} holds no ${options.split} samples of ${ids.length > 2 ? 'all' : 'both'} modalities.`,
    );
  for (const { a, b, paired } of pack.pairings) if (paired === 'truly') checkPaired(samples[a], samples[b]);
  const [first] = pack.pairings;
  const kindOf = (id: string) => pack.modalities.find((modality) => modality.id === id)?.modality;
  if (options.shifts.length > 0 && kindOf(first.b) !== 'audio')
    throw new UserError(`--shifts is for packs whose second modality is audio, and ${pack.id} is none.`);
  const threads = new Threads(options.threads);
  const under = conditions.map((condition): Variant & object => ({ condition }));
  const shifted = options.shifts.flatMap((shift) => conditions.map((condition) => ({ condition, shift })));
  const encode = async (id: string) => {
    // encoders of feature vectors are no part of an open pack: the page does not run them
    const stored = open.encoders[id] ?? (await readStoredEncoder(packDir, id));
    const variants = id === first.b ? [...under, ...shifted] : under;
    const { split } = options;
    const request = {
      pack: pack.id,
      packDir,
      dataDir,
      stored,
      split,
      samples: samples[id],
      variants,
      keep: false,
    };
    const set = await statesOf(request, threads, options.report);
    return variants.map((_, at) => standardise(conditionStates(set, at), open.standardisations[id]));
  };
  try {
    const states: Record<string, Float32Array[]> = {};
    for (const id of ids) states[id] = await encode(id);
    const encoded = [...conditions.map((condition) => ({ condition })), ...shifted].map(
      (variant, at): Encoded => ({
        ...variant,
        // only voices are shifted
        states: Object.fromEntries(
          ids.map((id) => [id, states[id][at] ?? states[id][conditions.indexOf(variant.condition)]]),
        ),
      }),
    );
    const given: Given = { open, settings, options, samples, encoded };
    const results: Result[] = [];
    const contents: PackContent[] = [];
    const shifts: ShiftResult[] = [];
    for (const pairing of pack.pairings)
      for (const task of pack.tasks) {
        const found = await evaluateTask(given, pairing, task);
        results.push(...found.results);
        shifts.push(...found.shifts);
        contents.push(...filesOf(pack, pairing, task, found.contents));
        options.report(`${pack.pairings.length > 1 ? `${pairing.id}, ` : ''}${task.id}: ${seconds(start)} s`);
      }
    const together = pack.groups?.length ? await evaluateTogether(given) : undefined;
    const dependency = options.dependency ? await evaluateVariants(given) : undefined;
    const [samplesA, samplesB] = [samples[first.a], samples[first.b]];
    const partners = partnersOf(first, labelsOf(samplesA, 0), labelsOf(samplesB, 0), 0);
    const units = new Set(unitsOf(settings.unit.of, samplesA, samplesB, partners)).size;
    const evaluation: Evaluation = {
      schema: 1,
      pack: pack.id,
      split: options.split,
      n: samplesA.length,
      backend,
      pairing: { seed: first.seed, draws: drawsOf(first, options.draws) },
      bootstrap: { resamples: options.resamples, unit: settings.unit.name, units },
      seconds: seconds(start),
      results,
      ...(shifts.length > 0 ? { shifts } : {}),
      ...(together ? { together } : {}),
      ...(dependency ? { dependency } : {}),
    };
    return { evaluation, contents, open };
  } finally {
    await threads.stop();
  }
}

const seconds = (start: number): number => Math.round((performance.now() - start) / 1000);

function chosenConditions({ pack }: OpenPack, ids: string[] | undefined): Condition[] {
  if (!ids) return pack.conditions;
  return ids.map((id) => {
    const condition = pack.conditions.find((candidate) => candidate.id === id);
    if (!condition)
      throw new UserError(
        `The pack ${pack.id} has no condition "${id}": it has ${pack.conditions.map((c) => c.id).join(' and ')}.`,
      );
    return condition;
  });
}
