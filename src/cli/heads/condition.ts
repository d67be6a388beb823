/** The degraded condition of a pack, fixed on validation before any head is trained. */
import type { Condition } from '../../packs/schema';
import { fitProbes, isBalanced, type TrainingData, type TrainingOptions } from './fit';
import type { Prepared, Varied } from './prepare';
import type { Variant } from './messages';
import { bestProbeByVariant } from './noise';
import type { PackSettings } from './settings';
import { standardiseAll } from './states';

/** The first choice under which no probe of either modality of the first pairing is above the limit on validation. */
export async function chooseCondition(
  settings: PackSettings,
  varied: Varied,
  states: Prepared['states'],
  training: TrainingOptions,
  report: (line: string) => void,
): Promise<Condition> {
  const { standard: choices, tasks, modalities, pairings, accuracyLimit } = settings;
  const [{ a, b, paired }] = pairings;
  if (choices.length === 1) return choices[0];
  const clean: Variant = { condition: settings.clean };
  const under: Variant[] = choices.map((condition) => ({ condition }));
  const each = (variants: (id: string) => Variant[]): Varied =>
    Object.fromEntries(modalities.map(({ id }) => [id, variants(id)]));
  const train = await states(
    'train',
    each((id) => [clean, ...varied[id]]),
  );
  const validation = await states(
    'validation',
    each(() => under),
  );
  standardiseAll({ train, validation });
  const data: TrainingData = {
    train: { a: train[a], b: train[b] },
    validation: { a: validation[a], b: validation[b] },
    classes: tasks[0].classes.length,
    paired,
    balanced: isBalanced(tasks[0]),
  };
  const probes = await fitProbes(data, training);
  const best = await Promise.all(
    (['a', 'b'] as const).map((side) =>
      bestProbeByVariant(probes[side].weights, data.validation[side], tasks[0].metric),
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
