/** What a study would be, before anything is trained. */
import { Stepper } from '../../fusion/stepper';
import { headChunks, headModel } from '../../fusion/train';
import { headSpecs } from '../../math/skew';
import type { Target } from './labels';
import { targetText } from './target-text';
import type { StudyData } from './read';
import {
  headShapeOf,
  rowsOfSplit,
  splitNames,
  type SideDescription,
  type SplitIndex,
  type SplitName,
  type StudyAbout,
} from './settings';

export interface StudyPreview {
  title: string;
  a: SideDescription;
  b: SideDescription;
  samples: number;
  heads: number;
  target: Target;
  /** Which targets the labels could be. */
  possible: Target[];
  /** Of a number the ranges that stand for classes. */
  classes: string[];
  /** Of a number. */
  range: { least: number; most: number; mean: number } | null;
  groupName: string | null;
  splitBy: string;
  /** By split: samples, groups, samples of each class. */
  split: Record<SplitName, { samples: number; groups: number; classes: number[] }>;
  /** What is odd or missing, and not wrong. */
  notes: string[];
  /** At most so many bytes at once, about. */
  bytes: number;
}

/** Fewer of a class than this on a held-out split, and an interval says little. */
const few = 5;

/** What a thread takes before it has any data, in bytes, about. */
const runtime = 150e6;

/** @param threads that will train it, each with memory of its own */
export function previewStudy(data: StudyData, about: StudyAbout, threads = 1): StudyPreview {
  const split = Object.fromEntries(
    splitNames.map((name, part) => {
      const rows = rowsOfSplit(about.split, part as SplitIndex);
      const classes = about.classes.map((_, c) =>
        rows.reduce((sum, s) => sum + Number(about.labels[s] === c), 0),
      );
      return [
        name,
        { samples: rows.length, groups: new Set(Array.from(rows, (s) => about.units[s])).size, classes },
      ];
    }),
  ) as StudyPreview['split'];
  const notes = [...data.notes];
  if (!data.groups)
    notes.push(
      'No groups are given: if several samples are of one speaker or video, name them in "groups", or the figures will be too good.',
    );
  const values = about.numbers?.values;
  if (values && data.possible.includes('class'))
    notes.push('The labels are taken as numbers; they could be classes as well.');
  for (const name of values ? [] : splitNames)
    about.classes.forEach((label, c) => {
      const count = split[name].classes[c];
      if (count < few)
        notes.push(`Class ${label} has ${count} ${name} ${count === 1 ? 'sample' : 'samples'} only.`);
    });
  const shape = headShapeOf(about);
  const floats = about.ids.length * (shape.la * shape.widthA + shape.lb * shape.widthB);
  const held = split.validation.samples / about.ids.length;
  // the file, its values, their splits; validation twice more in each thread
  const states = floats * (3 + 2 * held * threads);
  // of each chunk: its heads, their best, two moments, the gradients; a batch for each of 48 pairs, some six times over
  const weights = 3 * headSpecs(shape.la, shape.lb).length * (shape.widthA + shape.widthB) * shape.width;
  const batches = 6 * about.settings.batch * 48 * (shape.widthA + shape.widthB);
  return {
    title: about.title,
    a: about.a,
    b: about.b,
    samples: about.ids.length,
    heads: headSpecs(shape.la, shape.lb).length,
    target: values ? 'number' : 'class',
    possible: data.possible,
    classes: about.classes,
    range: values
      ? {
          least: values.reduce((x, y) => Math.min(x, y)),
          most: values.reduce((x, y) => Math.max(x, y)),
          mean: values.reduce((x, y) => x + y) / values.length,
        }
      : null,
    groupName: about.groupName,
    splitBy: about.splitBy,
    split,
    notes,
    bytes: 4 * (states + weights + threads * batches) + runtime * (threads + 1),
  };
}

/**
 * Seconds that training takes at most on so many threads, from one measured step of one chunk: most heads settle
 * before their last epoch.
 */
export async function estimateSeconds(about: StudyAbout, threads: number): Promise<number> {
  const shape = headShapeOf(about);
  const { settings } = about;
  const chunks = headChunks(shape.la, shape.lb);
  const [chunk] = chunks;
  const n = Math.min(settings.batch, rowsOfSplit(about.split, 0).length);
  const batch = {
    n,
    a: new Float32Array(n * shape.la * shape.widthA).map((_, i) => Math.sin(i)),
    b: new Float32Array(n * shape.lb * shape.widthB).map((_, i) => Math.cos(i)),
    labels: Uint8Array.from({ length: n }, (_, s) => s % shape.classes),
  };
  const model = headModel(shape, chunk, 0);
  const stepper = new Stepper(model, shape.classes, shape, settings);
  const step = async (): Promise<number> => {
    const start = performance.now();
    await stepper.step(batch, 1e-6);
    return (performance.now() - start) / 1000;
  };
  await step();
  const seconds = Math.min(await step(), await step());
  stepper.dispose();
  const pairs = (of: { k: number; heads: number[] }): number => of.k * of.heads.length;
  const share = chunks.reduce((sum, own) => sum + pairs(own), 0) / pairs(chunk);
  const steps = Math.max(1, Math.floor(rowsOfSplit(about.split, 0).length / settings.batch));
  return (seconds * share * steps * settings.epochs) / threads;
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
const clock = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

/** The preview in lines of text. */
export function previewText(preview: StudyPreview, seconds: number | null): string {
  const side = (name: string, { label, file, array, dtype, layers, width }: SideDescription): string =>
    `${name}  ${label}: ${preview.samples} samples × ${layers} layers × width ${width} (${file}, ${array}, ${dtype})`;
  const parts = splitNames.map((name) => {
    const { samples, groups, classes } = preview.split[name];
    const of = preview.groupName ? ` of ${groups} ${preview.groupName}s` : '';
    const counts = preview.classes.map((label, c) => `${label} ${classes[c]}`).join(', ');
    return `   ${name}: ${samples} samples${of} (${counts})`;
  });
  return [
    side('A', preview.a),
    side('B', preview.b),
    `${targetText(preview)}; split by ${preview.splitBy}:`,
    ...parts,
    `${preview.heads} heads; memory up to ${megabytes(preview.bytes)}${seconds === null ? '' : `, time up to ${clock(seconds)} (one step measured)`}`,
    ...preview.notes.map((note) => `note: ${note}`),
  ].join('\n');
}
