/** What the dependency benchmark times, in a process of its own. */
import { attribute } from '../../encoders/attribution';
import { parseConfig } from '../../encoders/config';
import { createEncoder, initialise } from '../../encoders/encoder';
import { batchOf, type EncoderInput } from '../../encoders/frontend';
import { dependencyMeasures, type DependencyMeasure } from '../../fusion/dependency/critic';
import { measureDependency } from '../../fusion/dependency/estimate';
import { dependencyMatrix } from '../../fusion/dependency/matrix';
import { scorerOf } from '../../fusion/dependency/score';
import type { LayerViews } from '../../fusion/dependency/views';
import { defaultHead, type HeadShape } from '../../fusion/head';
import { groupsByPairs } from '../../fusion/heads';
import type { PairBatch } from '../../fusion/pairs';
import { standardiseTensor } from '../../fusion/standardise';
import { Stepper } from '../../fusion/stepper';
import { headModel } from '../../fusion/train';
import { integer, normal, seededRandom } from '../../math/random';
import { defaultTraining } from '../heads/fit';
import * as tf from '../../runtime/tf';
import { startOwn } from './start';
import { interleave, median } from './timing';

const [pairs, layers, width] = [2000, 12, 96];

/** A source of 8 numbers that later layers show more of, and noise. */
function madeSides(n: number): [LayerViews, LayerViews] {
  const random = seededRandom('dependency bench');
  const source = Float32Array.from({ length: n * 8 }, () => normal(random));
  const side = (name: string): LayerViews => {
    const mix = Float32Array.from({ length: layers * 8 * width }, () => normal(random));
    const states = new Float32Array(n * layers * width);
    for (let at = 0; at < states.length; at++) {
      const [s, layer, c] = [Math.floor(at / (layers * width)), Math.floor(at / width) % layers, at % width];
      let shown = 0;
      for (let k = 0; k < 8; k++) shown += source[s * 8 + k] * mix[(layer * 8 + k) * width + c];
      states[at] = (shown * (layer + 1)) / (3 * layers) + normal(random);
    }
    return { name, layers, width, states };
  };
  return [side('A'), side('B')];
}

/** Milliseconds of processor time that this process has had: on a busy machine far less than what went by. */
const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

export interface MatrixTime {
  measure: string;
  seconds: number;
  /** Processor time of all threads, in seconds. */
  processor: number;
  /** Milliseconds to the first report, and the longest from one to the next. */
  firstProgress: number;
  longestWait: number;
}

export async function timeMatrix({ threads }: { threads: number }): Promise<MatrixTime[]> {
  await startOwn(threads);
  const [a, b] = madeSides(pairs);
  const times: MatrixTime[] = [];
  for (const measure of dependencyMeasures) {
    const [from, before] = [performance.now(), processorTime()];
    const reports: number[] = [];
    await dependencyMatrix(a, b, { measure }, { onProgress: () => reports.push(performance.now() - from) });
    const waits = reports.map((at, i) => at - (reports[i - 1] ?? 0));
    const seconds = (performance.now() - from) / 1000;
    times.push({
      measure,
      seconds,
      processor: (processorTime() - before) / 1000,
      firstProgress: reports[0],
      longestWait: Math.max(...waits),
    });
  }
  return times;
}

const configs = {
  'video of 8 frames': {
    model_type: 'timesformer',
    image_size: 36,
    patch_size: 12,
    num_channels: 3,
    num_frames: 8,
    attention_type: 'divided_space_time',
  },
  'text of 64 words': {
    model_type: 'bert',
    vocab_size: 8000,
    max_position_embeddings: 64,
    type_vocab_size: 2,
  },
};

export interface GradientTime {
  name: string;
  /** Milliseconds: the median, the mean of the processor time, and the first, before anything is warm. */
  ms: number;
  processor: number;
  first: number;
}

/** Encoders of our packs' size with weights by seed: time does not depend on what they have learned. */
export async function timeGradients(): Promise<GradientTime[]> {
  await startOwn(1);
  const [a, b] = madeSides(200);
  const layer = layers - 1;
  const { critics } = await measureDependency([a, b], [[layer, layer]], { measure: 'kl', epochs: 2 });
  const scorer = scorerOf(critics, [layer, layer]);
  const other = tf.tensor(b.states.slice(layer * width, (layer + 1) * width), [1, width]);
  const flat = {
    layers: 1,
    width,
    mean: new Float32Array(width),
    deviation: new Float32Array(width).fill(1),
  };
  const results = [];
  for (const [name, own] of Object.entries(configs)) {
    const config = parseConfig(
      {
        ...own,
        hidden_size: width,
        num_hidden_layers: layers,
        num_attention_heads: 4,
        intermediate_size: 4 * width,
        hidden_act: 'gelu',
        layer_norm_eps: 1e-6,
        qkv_bias: true,
      },
      'the benchmark’s encoder',
    );
    const encoder = createEncoder(config, initialise(config, 0));
    const random = seededRandom('gradient bench');
    const input: EncoderInput =
      config.family === 'bert'
        ? Int32Array.from({ length: 64 }, () => Math.floor(8000 * random()))
        : Float32Array.from({ length: 8 * 3 * 36 * 36 }, () => normal(random));
    const batch = batchOf(config, [input]);
    const run = () =>
      attribute(encoder, batch, (states) => {
        const [pooled] = encoder.pool([states[layer + 1]], batch);
        const standard = tf.reshape(standardiseTensor(tf.reshape(pooled, [1, 1, width]), flat), [1, width]);
        return tf.sum(scorer.score([standard, other])) as tf.Scalar;
      });
    const start = performance.now();
    await run();
    const first = performance.now() - start;
    const times: number[] = [];
    const [rounds, before] = [15, processorTime()];
    for (let round = 0; round < rounds; round++) {
      const from = performance.now();
      await run();
      times.push(performance.now() - from);
    }
    results.push({ name, ms: median(times), processor: (processorTime() - before) / rounds, first });
    tf.dispose(Object.values(batch));
    encoder.dispose();
  }
  return results;
}

export interface PenaltyTime {
  measure: DependencyMeasure;
  heads: number;
  pairs: number;
  /** Milliseconds of a step of all of them: in one kernel with the penalty and without, and op by op with it. */
  penalised: number;
  plain: number;
  byOps: number;
}

/** Steps of heads side by side, of few pairs and of many, one thread. */
export async function timePenalty(): Promise<PenaltyTime[]> {
  await startOwn(1);
  const classes = 10;
  const shape: HeadShape = {
    la: layers,
    lb: layers,
    widthA: width,
    widthB: width,
    ...defaultHead,
    classes,
  };
  const random = seededRandom('penalty bench');
  const n = defaultTraining.batch;
  const states = (): Float32Array => Float32Array.from({ length: layers * n * width }, () => normal(random));
  const batch: PairBatch = {
    n,
    a: states(),
    b: states(),
    labels: Uint8Array.from({ length: n }, () => integer(random, classes)),
  };
  const times: PenaltyTime[] = [];
  for (const [pairs, heads] of [
    [1, 48],
    [6, 8],
  ]) {
    const group = groupsByPairs(layers, layers)[pairs - 1];
    const chunk = { k: pairs, heads: group.heads.slice(0, heads), specs: group.specs.slice(0, heads) };
    for (const measure of dependencyMeasures) {
      const stepper = (penalised: boolean, fused: boolean): Stepper =>
        new Stepper(
          headModel(shape, chunk, 0, penalised ? { measure, lambda: 0.1, seed: 0 } : undefined),
          classes,
          shape,
          { ...defaultTraining, fused },
        );
      const steppers = {
        penalised: stepper(true, true),
        plain: stepper(false, true),
        byOps: stepper(true, false),
      };
      const ms = await interleave(
        Object.entries(steppers).map(([name, of]) => ({
          name,
          run: async () => void (await of.step(batch, 1e-3)),
        })),
      );
      times.push({ measure, heads, pairs, ...(ms as Record<keyof typeof steppers, number>) });
      for (const of of Object.values(steppers)) of.dispose();
    }
  }
  return times;
}
