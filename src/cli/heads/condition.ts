/** The degraded condition of a pack, fixed on validation before any head is trained. */
import type { Condition } from '../../packs/schema';
import { fitProbes, isBalanced, type TrainingData, type TrainingOptions } from './fit';
import type { Variant } from './messages';
import { bestProbeByVariant } from './noise';
import type { PackSettings } from './settings';
import { standardiseAll } from './states';

/** Gives the states of both sides under these variants. */
type StatesOfBoth = (
  split: 'train' | 'validation',
  variants: [Variant[], Variant[]],
) => Promise<TrainingData['train']>;

/** The first choice under which no probe of either modality is above the limit on validation. */
export async function chooseCondition(
  settings: PackSettings,
  varied: [Variant[], Variant[]],
  states: StatesOfBoth,
  training: TrainingOptions,
  report: (line: string) => void,
): Promise<Condition> {
  const { standard: choices, tasks, pairing, accuracyLimit } = settings;
  if (choices.length === 1) return choices[0];
  const clean: Variant = { condition: settings.clean };
  const under: Variant[] = choices.map((condition) => ({ condition }));
  const data: TrainingData = {
    train: await states('train', [
      [clean, ...varied[0]],
      [clean, ...varied[1]],
    ]),
    validation: await states('validation', [under, under]),
    classes: tasks[0].classes.length,
    paired: pairing.paired,
    balanced: isBalanced(tasks[0]),
  };
  standardiseAll(data, 'a', 'b');
  const probes = await fitProbes(data, training);
  const best = await Promise.all(
    (['a', 'b'] as const).map((side) =>
      bestProbeByVariant(probes[side], data.validation[side], tasks[0].metric),
    ),
  );
  for (const [c, condition] of choices.entries()) {
    const own = best.map((values) => values[c]);
    report(
      `${condition.label}: best probes on validation ${own.map((value) => value.toFixed(3)).join(' and ')}`,
    );
    if (Math.max(...own) <= accuracyLimit) return condition;
  }
  report('Under every choice a modality alone stays above the limit: the hardest is taken.');
  return choices[choices.length - 1];
}
