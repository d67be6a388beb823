/** The noise on the states of each of a pack's modalities. */
import type { StateNoise } from '../../fusion/noise';
import type { Pack } from '../../packs/schema';
import type { TrainingOptions } from './fit';
import { chooseNoise, type NoiseTrial } from './noise';
import { dataOfTask, type BothSplits, type Prepared } from './prepare';
import type { PackSettings } from './settings';
import type { Threads } from './threads';

/** By modality. */
export type Noise = Record<string, number>;

/** Chosen pairing by pairing on the first task; what an earlier pairing chose for a modality stays. */
export async function noiseOf(
  {
    settings,
    prepared,
    states,
    training,
    threads,
    report,
  }: {
    settings: PackSettings;
    prepared: Prepared;
    states: BothSplits;
    training: TrainingOptions;
    threads: Threads;
    report: (line: string) => void;
  },
  fixed: Noise,
): Promise<{ chosen: Noise; trials: NoiseTrial[] }> {
  const chosen = { ...fixed };
  const trials: NoiseTrial[] = [];
  for (const pairing of settings.pairings) {
    const { a, b } = pairing;
    const data = dataOfTask(settings, prepared, states, settings.tasks[0], pairing);
    const known = { a: chosen[a], b: chosen[b] };
    const found = await chooseNoise(data, training, threads, report, known, settings.noiseGrid);
    Object.assign(chosen, { [a]: found.chosen.a, [b]: found.chosen.b });
    trials.push(...found.trials);
  }
  return { chosen, trials };
}

/** The noise that a pack's heads were trained with. */
export const chosenNoise = ({ training }: Pack): Noise => (training.noise as { chosen: Noise }).chosen;

/** What was tried to choose it. */
export const trialsOf = ({ training }: Pack): NoiseTrial[] =>
  (training.noise as { trials: NoiseTrial[] }).trials;

/** What need not be chosen. @param given of the first pairing */
export const fixedNoise = ({ noise, pairings: [{ a, b }] }: PackSettings, given?: StateNoise): Noise => ({
  ...noise,
  ...(given ? { [a]: given.a, [b]: given.b } : {}),
});
