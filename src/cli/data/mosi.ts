/**
 * Reader of `mosi_features` (CMU-MOSI, Zadeh et al. 2016, with the features and the split of Poria et al. 2017), and of
 * `mosei_features`: CMU-MOSEI (Zadeh et al. 2018) in the same layout, utterances.tsv and features.npz.
 *
 * How the `sentiment` pack is laid out on it. A sample is an utterance, the unit of a bootstrap its video.
 * - `text`: a BERT on the transcript of the one utterance, so that a typed sentence works by itself.
 * - `audio`, `video`: each a BERT over the feature vectors of the video's utterances in their order; the pooled state
 *   of an utterance is the state at its position. They cannot be given in the page: there they are missing, which is
 *   the stored means. `text-features` is the same over the given text features, as in the published setting.
 * - Pairings text–audio, text–video and audio–video, truly paired, and the three together.
 * The given text and video features were learned from the labels of the training videos, of which the validation
 * videos are ten: on these they tell far more than on new videos. Only the transcript and the audio features are free
 * of that, so what is chosen on validation for the other two is chosen on figures that are too good.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../math/errors';
import { seededRandom, shuffle } from '../../math/random';
import { readNpz, type NpyArray } from '../../runtime/npz';
import type { Split } from './digits';
import { readTable } from './table';

export const sentiments = ['negative', 'positive'] as const;

export const featureKinds = ['text', 'audio', 'video'] as const;
export type FeatureKind = (typeof featureKinds)[number];

export interface Utterance {
  id: string;
  /** Index into `sentiments`. */
  label: number;
  /** The video: the unit of a bootstrap. */
  unit: string;
  /** Which of the video's utterances it is: the number at the end of its id; some are left out. */
  order: number;
  split: Split;
  /** The transcript, as given: MOSI's has capitals only and no punctuation. */
  text: string;
  features: Record<FeatureKind, Float32Array>;
}

export interface UtterancesOptions {
  /** mosi */
  corpus?: 'mosi' | 'mosei';
  /** Of the choice of the validation videos (0). */
  seed?: number;
}

/** Training videos that validate, where the table has no validation split of its own. */
const validationVideos = 10;

const names: Record<string, Split> = { train: 'train', val: 'validation', test: 'test' };
const columns = ['row', 'split', 'utterance', 'video', 'label', 'transcript'] as const;
type Row = Record<(typeof columns)[number], string>;

/** The number at the end of an id: `video_7`, or `video[7]`. */
function orderOf({ utterance, video }: Row, path: string): number {
  const rest = utterance.startsWith(video) ? utterance.slice(video.length) : '';
  const order = /^(?:_(\d+)|\[(\d+)\])$/.exec(rest);
  if (!order)
    throw new UserError(`${path}: the utterance ${utterance} is not named after ${video} and a number.`);
  return Number(order[1] ?? order[2]);
}

/** Ten of the training videos, by seed; the order of the rows does not matter. */
function videosThatValidate(rows: readonly Row[], seed: number, path: string): Set<string> {
  const videos = [...new Set(rows.flatMap(({ split, video }) => (split === 'train' ? [video] : [])))].sort();
  if (videos.length <= validationVideos)
    throw new UserError(
      `${path} has ${videos.length} training videos and no split "val": ${validationVideos} are needed to validate, and more to train.`,
    );
  return new Set(shuffle(videos, seededRandom(seed, 'validation videos')).slice(0, validationVideos));
}

/** The feature vectors of a split as the table has it; each array is unpacked when it is asked for. */
function featureReader(path: string): (kind: FeatureKind, split: string, row: number) => Float32Array {
  if (!existsSync(path)) throw new UserError(`${path} cannot be read: give the data folder with --data.`);
  const entries = new Map(readNpz(new Uint8Array(readFileSync(path)), path).map((e) => [e.name, e]));
  const opened = new Map<string, NpyArray>();
  return (kind, split, row) => {
    const name = `${kind}_${split}`;
    const array = opened.get(name) ?? entries.get(name)?.read();
    if (!array || array.shape.length !== 2 || !(array.values instanceof Float32Array))
      throw new UserError(`${path} has no matrix ${name}: one row an utterance, one column a feature.`);
    opened.set(name, array);
    const [count, width] = array.shape;
    if (!(row >= 0 && row < count))
      throw new UserError(`${path}: ${name} has ${count} rows, none of which is row ${row} of the table.`);
    const features = array.values.slice(row * width, (row + 1) * width);
    if (!features.every(Number.isFinite))
      throw new UserError(`${path}: row ${row} of ${name} holds something that is not a number.`);
    return features;
  };
}

/**
 * The utterances of the wanted splits, video by video in the order in which they were said.
 * @param splits only these are kept; the features of others are never unpacked
 * @throws UserError where the folder is not such a data set, or table and features do not agree
 */
export function readUtterances(
  dataDir: string,
  splits: Split[],
  { corpus = 'mosi', seed = 0 }: UtterancesOptions = {},
): Utterance[] {
  const inside = join(dataDir, `${corpus}_features`);
  const folder = existsSync(inside) ? inside : dataDir;
  const path = join(folder, 'utterances.tsv');
  const rows = readTable(path, columns);
  const given = rows.some(({ split }) => split === 'val');
  const learns = splits.some((split) => split !== 'test');
  const validating = given || !learns ? new Set<string>() : videosThatValidate(rows, seed, path);
  const featuresAt = featureReader(join(folder, 'features.npz'));
  const utterances = rows.flatMap((row): Utterance[] => {
    const label = Number(row.label);
    if (!names[row.split] || !['0', '1'].includes(row.label))
      throw new UserError(
        `${path}: ${row.utterance} has the split "${row.split}" and the label "${row.label}"; splits are train, val and test, labels 0 (negative) and 1 (positive).`,
      );
    const split = validating.has(row.video) ? 'validation' : names[row.split];
    if (!splits.includes(split)) return [];
    const features = Object.fromEntries(
      featureKinds.map((kind) => [kind, featuresAt(kind, row.split, Number(row.row))]),
    ) as Utterance['features'];
    const { utterance: id, video: unit, transcript: text } = row;
    return [{ id, label, unit, order: orderOf(row, path), split, text, features }];
  });
  return videosOf(utterances, path).flat();
}

/**
 * Utterances by video, each video's in the order in which they were said; videos as they first come.
 * @throws UserError where two of a video have one number, or a video is in two splits
 */
export function videosOf(utterances: readonly Utterance[], where = 'The table'): Utterance[][] {
  const videos = new Map<string, Utterance[]>();
  for (const utterance of utterances) {
    const video = videos.get(utterance.unit);
    if (!video) videos.set(utterance.unit, [utterance]);
    else if (video[0].split !== utterance.split)
      throw new UserError(`${where}: the video ${utterance.unit} is in two splits.`);
    else video.push(utterance);
  }
  for (const video of videos.values()) {
    video.sort((a, b) => a.order - b.order);
    const twice = video.find(({ order }, i) => i > 0 && video[i - 1].order === order);
    if (twice) throw new UserError(`${where}: two utterances have the id ${twice.id}.`);
  }
  return [...videos.values()];
}
