/** The degraded condition of a pack, fixed on validation before any head is trained. */
import { createProbes, type ProbeWeights } from '../../fusion/probe';
import type { Condition } from '../../packs/schema';
import * as tf from '../../runtime/tf';
import { fitProbes, type TrainingData, type TrainingOptions } from './fit';
import type { SharedSet, Variant } from './messages';
import { outcomes } from './predict';
import type { PackSettings } from './settings';
import { conditionStates, standardiseAll } from './states';

/** Gives the states of both sides under these variants. */
type StatesOfBoth = (
  split: 'train' | 'validation',
  variants: [Variant[], Variant[]],
) => Promise<TrainingData['train']>;

/** The first of the ratios at which no probe of either modality is above the limit on validation. */
export async function chooseCondition(
  settings: PackSettings,
  varied: [Variant[], Variant[]],
  states: StatesOfBoth,
  training: TrainingOptions,
  report: (line: string) => void,
): Promise<Condition> {
  const choices = settings.snrChoices.map(settings.standard);
  const clean: Variant = { condition: settings.clean };
  const under: Variant[] = choices.map((condition) => ({ condition }));
  const data: TrainingData = {
    train: await states('train', [
      [clean, ...varied[0]],
      [clean, ...varied[1]],
    ]),
    validation: await states('validation', [under, under]),
    classes: settings.task.classes.length,
  };
  standardiseAll(data, 'a', 'b');
  const probes = await fitProbes(data, training);
  for (const [c, condition] of choices.entries()) {
    const best = [
      await bestAccuracy(probes.a, data.validation.a, c),
      await bestAccuracy(probes.b, data.validation.b, c),
    ];
    report(
      `${condition.label}: best probes on validation ${best.map((value) => value.toFixed(3)).join(' and ')}`,
    );
    if (Math.max(...best) <= settings.accuracyLimit) return condition;
  }
  report('At every ratio a modality alone stays above the limit: the hardest is taken.');
  return choices[choices.length - 1];
}

async function bestAccuracy(weights: ProbeWeights, set: SharedSet, variant: number): Promise<number> {
  const { layers, width, labels } = set;
  const n = labels.length;
  const probes = createProbes(weights);
  const states = tf.tensor(conditionStates(set, variant), [n, layers, width]);
  const probabilities = await probes.run(states);
  states.dispose();
  probes.dispose();
  const { predicted } = outcomes(
    { models: layers, n, classes: weights.shape.classes, probabilities },
    labels,
  );
  const right = new Float64Array(layers);
  predicted.forEach((answer, row) => (right[Math.floor(row / n)] += answer === labels[row % n] ? 1 / n : 0));
  return Math.max(...right);
}
