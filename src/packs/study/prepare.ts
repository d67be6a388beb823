/** From checked data to standardised states of each split. */
import { version } from '../../../package.json';
import { UserError } from '../../math/errors';
import { metricFor } from '../schema';
import { measure, standardise, type Standardisation } from '../../fusion/standardise';
import type { StateSet } from '../../fusion/pairs';
import type { StudyData, StudySide } from './read';
import {
  rowsOfSplit,
  type SplitIndex,
  type SplitName,
  splitNames,
  type StudyAbout,
  type StudySettings,
} from './settings';
import { planSplit } from './split';

export type StudySets = Record<SplitName, { a: StateSet; b: StateSet }>;

export interface PreparedStudy {
  about: StudyAbout;
  sets: StudySets;
  standardisation: { a: Standardisation; b: Standardisation };
}

/** What the study is, before anything is computed. @throws UserError where the split is not possible */
export function aboutStudy(data: StudyData, settings: StudySettings, title?: string): StudyAbout {
  const { split, units, by } = planSplit({ ...data, given: data.split }, settings);
  const numbers = data.numbers && { ...data.numbers, ...scaleOf(data.numbers.values, split) };
  return {
    schema: 1,
    program: `Skewscope ${version}`,
    title: title ?? `${data.a.about.label} × ${data.b.about.label}`,
    a: data.a.about,
    b: data.b.about,
    settings: { ...settings, metric: metricFor(settings.metric, numbers ? 'number' : 'class') },
    classes: data.classes,
    ...(numbers ? { numbers } : {}),
    groupName: data.groupName,
    ids: data.ids,
    labels: [...data.labels],
    units,
    split,
    splitBy: by,
  };
}

/** @throws UserError where training has one value only */
function scaleOf(values: number[], split: SplitIndex[]): { mean: number; deviation: number } {
  const own = values.filter((_, s) => split[s] === 0);
  const mean = own.reduce((sum, x) => sum + x, 0) / own.length;
  const deviation = Math.sqrt(own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / own.length);
  if (!(deviation > 0))
    throw new UserError(
      'All training samples have the same label; give a split in which they differ.',
      'split',
    );
  return { mean, deviation };
}

/**
 * States of the three splits, standardised by those of training alone.
 * @param allocate memory for so many numbers: shared memory where threads will read it
 */
export function prepareStudy(
  data: Pick<StudyData, 'a' | 'b'>,
  about: StudyAbout,
  allocate: (length: number) => Float32Array = (length) => new Float32Array(length),
): PreparedStudy {
  const labels = Uint8Array.from(about.labels);
  const rows = splitNames.map((_, which) => rowsOfSplit(about.split, which as SplitIndex));
  const take = (
    { states, rows: places, about: { layers, width } }: StudySide,
    which: Int32Array,
  ): StateSet => {
    const size = layers * width;
    const out = allocate(which.length * size);
    which.forEach((sample, s) => {
      const from = places[sample] * size;
      out.set(states.subarray(from, from + size), s * size);
    });
    const set = { layers, width, variants: 1, states: out, labels: Uint8Array.from(which, (s) => labels[s]) };
    const { numbers } = about;
    if (!numbers) return set;
    const { values, mean, deviation } = numbers;
    return { ...set, values: Float32Array.from(which, (s) => (values[s] - mean) / deviation) };
  };
  const standardiseSide = (side: StudySide): { sets: StateSet[]; by: Standardisation } => {
    const sets = rows.map((which) => take(side, which));
    const by = measure(sets[0].states, side.about.layers, side.about.width);
    for (const { states } of sets) standardise(states, by);
    return { sets, by };
  };
  const [a, b] = [standardiseSide(data.a), standardiseSide(data.b)];
  const sets = Object.fromEntries(
    splitNames.map((name, which) => [name, { a: a.sets[which], b: b.sets[which] }]),
  ) as StudySets;
  return { about, sets, standardisation: { a: a.by, b: b.by } };
}
