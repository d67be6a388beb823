/**
 * A video's utterances in their order, each by a feature vector, for a BERT over sequences: every position learns its
 * own utterance's sentiment, and may look at those before and after it.
 */
import type { SequenceConfig } from '../../encoders/config';
import { measureScale, scaleFeatures, writeFeatureScale } from '../../encoders/feature-scale';
import { sequenceInput } from '../../encoders/sequence';
import { choice, integer, normal, seededRandom, type Random } from '../../math/random';
import { crossEntropy, layerNorm, linear } from '../../runtime/ops';
import * as tf from '../../runtime/tf';
import { readUtterances, sentiments, videosOf, type FeatureKind, type Utterance } from '../data/mosi';
import { linearProbabilities, trainLinear } from './linear-teacher';
import type { TaskOptions } from './messages';
import { smoothed, type EncoderTask, type Extra, type Trial } from './task';

const classes = sentiments.length;
const smoothing = 0.1;
/** Deviation of the noise on each standardised feature. */
const noise = 0.3;
/** Fewest utterances of a part of a video that is drawn. */
const shortest = 4;
/** How often a video is drawn whole. */
const wholeShare = 0.25;
/** Of the loss of all positions, beside the loss of the position that is asked about. */
const everyRowShare = 1;
/**
 * How many utterances have the features of some other utterance of the split, whatever its label. The given text and
 * video features were learned from the labels of these very videos and give them away; on new videos they cannot. Half
 * is a judgement, not fitted to anything.
 */
const exchanged: Record<FeatureKind, number> = { text: 0.5, audio: 0, video: 0.5 };

export const sequenceConfig: Omit<SequenceConfig, 'features'> = {
  family: 'sequence',
  layers: 12,
  width: 64,
  heads: 4,
  intermediate: 256,
  activation: 'gelu',
  eps: 1e-12,
  initialDeviation: 0.03,
  positions: 64,
};

interface Video {
  /** Standardised features of each utterance. */
  rows: Float32Array[];
  labels: number[];
}

const joined = (rows: readonly Float32Array[]): Float32Array => {
  const out = new Float32Array(rows.length * rows[0].length);
  rows.forEach((row, i) => out.set(row, i * row.length));
  return out;
};

const exchange = (rows: Float32Array[], all: Float32Array[], share: number, random: Random): Float32Array[] =>
  rows.map((row) => (random() < share ? choice(all, random) : row));

/** The loss of every position by the last layer's classifier; an example's `fine` has the targets of its rows. */
function everyRow({ layers, width }: SequenceConfig): Extra {
  return {
    specs: [],
    losses(_, params, states, examples) {
      const of = (part: string) => params.get(`classifier.${layers}.${part}`) as tf.Tensor;
      const [count, length] = states[layers].shape as [number, number, number];
      const goal = new Float32Array(count * length * classes);
      const share = new Float32Array(count * length);
      const total = examples.reduce((sum, { fine }) => sum + (fine as Float32Array).length / classes, 0);
      examples.forEach(({ fine = new Float32Array() }, b) => {
        goal.set(fine, b * length * classes);
        share.fill(everyRowShare / total, b * length, b * length + fine.length / classes);
      });
      const rows = tf.reshape(states[layers], [count * length, width]);
      const scores = linear(layerNorm(rows, of('gain'), of('bias'), 1e-6), of('weight'), of('offset'));
      const each = crossEntropy(scores, tf.tensor2d(goal, [count * length, classes]));
      return [tf.sum(tf.mul(each, tf.tensor1d(share)))];
    },
  };
}

/** What is drawn of some videos: a place in one of them; and whose features may be in its place. */
const toDraw = (videos: readonly Video[]) => ({
  places: videos.flatMap((video) => video.rows.map((_, at) => ({ video, at }))),
  all: videos.flatMap(({ rows }) => rows),
});

const folds = 5;
/** C of the linear model. */
const strength = 0.1;

/** Accuracy on utterances of the training videos of linear models that have not seen the video: what their features give away. */
function linearAcrossVideos(videos: Video[], features: number): number {
  const at = Int32Array.from({ length: features }, (_, c) => c);
  let right = 0;
  for (let f = 0; f < folds; f++) {
    const inside = videos.filter((_, i) => i % folds !== f);
    const rows = inside.flatMap(({ rows }) => rows.map((values) => ({ at, values })));
    const labels = inside.flatMap((video) => video.labels);
    const model = trainLinear(rows, labels, features, classes, strength);
    for (const { rows, labels } of videos.filter((_, i) => i % folds === f))
      rows.forEach((values, u) => {
        const p = linearProbabilities(model, { at, values });
        if (p.indexOf(Math.max(...p)) === labels[u]) right++;
      });
  }
  return right / videos.reduce((sum, { labels }) => sum + labels.length, 0);
}

export function sentimentFeatures(kind: FeatureKind, { dataDir, layers = 12 }: TaskOptions): EncoderTask {
  const utterances = readUtterances(dataDir, ['train', 'validation']);
  const ofSplit = (split: Utterance['split']) => utterances.filter((u) => u.split === split);
  const train = ofSplit('train');
  const scale = measureScale(train.map((u) => u.features[kind]));
  const features = scale.mean.length;
  const toVideos = (of: Utterance[]): Video[] =>
    videosOf(of).map((video) => ({
      rows: video.map((u) => scaleFeatures(u.features[kind], scale)),
      labels: video.map(({ label }) => label),
    }));
  const videos = toVideos(train);
  const checked = toVideos(ofSplit('validation'));
  const first = toDraw(videos);
  const refit = toDraw([...videos, ...checked]);
  const config: SequenceConfig = { ...sequenceConfig, layers, features };
  const share = exchanged[kind];

  function trial(name: string, share: number): Trial {
    const others = checked.flatMap(({ rows }) => rows);
    const shown = checked.map((video, v) => ({
      ...video,
      rows: joined(exchange(video.rows, others, share, seededRandom('exchanged', v))),
    }));
    const asked = shown.flatMap((video) => video.labels.map((label, at) => ({ video, label, at })));
    return {
      name,
      count: asked.length,
      example: (k) => ({
        input: sequenceInput(config, asked[k].video.rows, asked[k].at),
        target: smoothed(asked[k].label, classes, 0),
      }),
    };
  }

  return {
    config,
    classes,
    inputShape: [config.positions, features],
    draw(seed, refining) {
      const random = seededRandom(seed);
      const { places, all } = refining ? refit : first;
      const { video, at } = choice(places, random);
      const count = video.rows.length;
      const least = Math.min(shortest, count);
      const most = Math.min(count, config.positions);
      const length = random() < wholeShare ? most : least + integer(random, most - least + 1);
      // every part of that length that has the utterance in it is as likely
      const lowest = Math.max(0, at - length + 1);
      const from = lowest + integer(random, Math.min(at, count - length) - lowest + 1);
      const rows = exchange(video.rows.slice(from, from + length), all, share, random);
      const values = joined(rows).map((x) => x + noise * normal(random));
      const targets = video.labels
        .slice(from, from + length)
        .map((label) => smoothed(label, classes, smoothing));
      return {
        input: sequenceInput(config, values, at - from),
        target: targets[at - from],
        fine: joined(targets),
      };
    },
    trials: [
      ...(share > 0 ? [trial('features of some utterances exchanged', share)] : []),
      trial('features as given', 0),
    ],
    extra: everyRow(config),
    regularisation: { dropout: 0.2, dropPath: 0.1 },
    refit: true,
    files: { 'preprocessor_config.json': writeFeatureScale(scale) },
    get facts() {
      return {
        trainedOn: train.length,
        trainingVideos: videos.length,
        validatedOn: checked.reduce((sum, { labels }) => sum + labels.length, 0),
        validationVideos: checked.length,
        exchangedShare: share,
        linear: {
          kind: 'logistic regression on one utterance, cross-fitted over the training videos',
          accuracy: linearAcrossVideos(videos, features),
        },
      };
    },
  };
}
