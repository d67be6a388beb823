/** Every variant of a pack's heads under modality drops: what `evaluate --dependency` adds. */
import { labelsOf } from '../heads/data';
import { partnersOf, unitNumbers, unitsOf } from '../heads/predict';
import { evaluateDrops, type DependencyEvaluation } from './dependency';
import { rowsOfSide } from './seeds';
import type { Given } from './task';

/** All pairings and tasks, on the first of the seeded pairings. */
export async function evaluateVariants({
  open,
  settings,
  options,
  samples,
  encoded,
}: Given): Promise<DependencyEvaluation> {
  const { pack } = open;
  const { resamples, split, report } = options;
  const all: DependencyEvaluation = {
    schema: 1,
    split,
    n: samples[pack.pairings[0].a].length,
    bootstrap: { resamples, unit: settings.unit.name },
    variants: [],
    rows: [],
  };
  for (const pairing of pack.pairings)
    for (const [t, task] of settings.tasks.entries()) {
      const [samplesA, samplesB] = [samples[pairing.a], samples[pairing.b]];
      const labels = labelsOf(samplesA, t);
      const partners = partnersOf(pairing, labels, labelsOf(samplesB, t), 0);
      const units = unitNumbers(unitsOf(settings.unit.of, samplesA, samplesB, partners));
      const set = (id: string, states: Float32Array, rows: ArrayLike<number>) => {
        const { layers, width } = pack.modalities.find((modality) => modality.id === id)!;
        return rowsOfSide({ layers, width, states, rows }, labels);
      };
      const each = Array.from(labels, (_, s) => s);
      const inputs = encoded
        .filter(({ shift }) => shift === undefined)
        .map(({ condition, states }) => ({
          a: set(pairing.a, states[pairing.a], each),
          b: set(pairing.b, states[pairing.b], partners),
          units,
          condition: condition.id,
        }));
      const found = await evaluateDrops(open, pairing, task, inputs, {
        resamples,
        seed: pairing.seed,
        report,
      });
      all.variants = found.variants;
      all.rows.push(...found.rows);
    }
  return all;
}
