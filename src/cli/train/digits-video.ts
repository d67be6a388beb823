/** Drawn digits for a TimeSformer: frames of the drawing being drawn. */
import { join } from 'node:path';
import type { TimesformerConfig } from '../../encoders/config';
import { mixSeed, seededRandom } from '../../math/random';
import { revealSome, varyDrawing } from '../../media/augment';
import { degradeDrawing } from '../../media/degrade';
import { frameChannels, render } from '../../media/strokes';
import { readDrawings, digitsFolder } from '../data/digits';
import type { TaskOptions } from './messages';
import { strokeTeacher, type Teacher } from './stroke-teacher';
import { smoothed, type EncoderTask, type Trial } from './task';

export const videoConfig: TimesformerConfig = {
  family: 'timesformer',
  layers: 12,
  width: 96,
  heads: 4,
  intermediate: 384,
  activation: 'gelu',
  eps: 1e-6,
  initialDeviation: 0.04,
  image: 36,
  patch: 12,
  channels: frameChannels,
  frames: 8,
  qkvBias: true,
};

const classes = 10;
const frames = { frames: videoConfig.frames, size: videoConfig.image };
/** The least that is revealed in training, and how much less sure the target is of that than of the whole. */
const leastShown = 0.3;
const doubt = 0.35;
/** In the second cycle: the teacher's part of the target; the rest is the label's. */
const taughtShare = 0.7;

export function digitsVideo({ dataDir, cache, layers = videoConfig.layers }: TaskOptions): EncoderTask {
  const items = readDrawings(digitsFolder(dataDir), ['train', 'validation']);
  const train = items.filter((d) => d.split === 'train');
  const validation = items.filter((d) => d.split === 'validation');
  let teacher: Teacher | null = null;
  const trial = (keep: number): Trial => ({
    name: keep === 1 ? 'whole' : `first ${Math.round(100 * keep)} %`,
    count: validation.length,
    example: (i) => ({
      input: render(degradeDrawing(validation[i].drawing, { keep }), frames),
      target: smoothed(validation[i].label, classes, 0),
    }),
  });
  return {
    config: { ...videoConfig, layers },
    classes,
    inputShape: [frames.frames, frameChannels, frames.size, frames.size],
    draw(seed, refining) {
      const random = seededRandom(mixSeed(seed));
      const { drawing, label } = train[Math.floor(random() * train.length)];
      const varied = random() < 0.35 ? drawing : varyDrawing(drawing, random);
      const shown = revealSome(varied, leastShown, random);
      const input = render(shown.drawing, frames);
      if (!refining) {
        const smoothing = 0.05 + doubt * (1 - shown.keep) ** 1.5;
        return { input, target: smoothed(label, classes, smoothing) };
      }
      teacher ??= strokeTeacher(train, join(cache, 'teacher.safetensors'));
      const taught = teacher(shown.drawing).map(
        (p, c) => taughtShare * p + (c === label ? 1 - taughtShare : 0),
      );
      return { input, target: taught };
    },
    trials: [trial(0.6), trial(1), trial(0.4)],
    regularisation: { dropout: 0, dropPath: 0.08 },
    files: {
      'preprocessor_config.json': {
        image_processor_type: 'VideoMAEImageProcessor',
        do_resize: false,
        do_center_crop: false,
        do_rescale: false,
        do_normalize: false,
        size: { height: frames.size, width: frames.size },
        image_mean: [0, 0, 0],
        image_std: [1, 1, 1],
      },
    },
    facts: {
      trainedOn: train.length,
      writers: new Set(train.map((d) => d.unit)).size,
      validatedOn: validation.length,
    },
  };
}
