/** One modality of an open pack, ready to run: front end, encoder, standardisation; what it last computed is kept. */
import { parseConfig } from '../encoders/config';
import { attribute } from '../encoders/attribution';
import { createEncoder, loadCheckpoint, type Encoder } from '../encoders/encoder';
import { batchOf, blankInput, type EncoderInput } from '../encoders/frontend';
import { standardise, type Standardisation } from '../fusion/standardise';
import { UserError } from '../math/errors';
import { mixSeed, normal, seededRandom } from '../math/random';
import type { StoredEncoder } from '../packs/open';
import * as tf from '../runtime/tf';
import { attributionMap } from './dependency/map';
import type { AttributionMap } from './dependency/operations';
import { createFrontEnd, type FrontEnd } from './front-end';
import { fingerprint } from './fingerprint';
import type { Degradation, GivenInput, Seen } from './protocol';

export interface States {
  /** [layers, width] standardised pooled layer states. */
  values: Float32Array;
  seen: Seen | null;
  /** Milliseconds; zero for what was kept from before. */
  timing: { features: number; encoder: number };
}

export interface Modality {
  readonly layers: number;
  readonly width: number;
  /**
   * The states of what was given. The last few are kept, so a change of the other modality costs nothing here.
   * Nothing given, or dropped: the training means (zero once standardised), or noise of their deviation.
   * @param signal looked at between the steps
   */
  states(given: GivenInput, signal: AbortSignal): Promise<States>;
  /**
   * What of an input carries a score of one layer's state: gradient × input.
   * @param layer from 1
   * @param score differentiable, of the standardised pooled state [1, width]
   * @throws UserError where nothing can be given
   */
  attribute(
    given: GivenInput,
    layer: number,
    score: (state: tf.Tensor) => tf.Scalar,
  ): Promise<AttributionMap>;
  /** Run the encoder once on nothing in particular, so that kernels and shaders are compiled. */
  warm(): Promise<void>;
  dispose(): void;
}

/** How many inputs and degradations are kept. */
const KEPT = 8;

/** A state in place of a dropped modality: its training mean, or noise of its mean and deviation. */
export function absentStates(size: number, { dropped, seed = 0 }: Degradation): Float32Array {
  const states = new Float32Array(size);
  if (dropped !== 'noise') return states;
  const random = seededRandom(mixSeed(seed, 'dropped'));
  return states.map(() => normal(random));
}

/** Let waiting messages in, then stop if this was aborted. */
export async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
  signal.throwIfAborted();
}

/** [layers, width] of one sample: all states but the embedding, pooled. */
async function encode(encoder: Encoder, values: EncoderInput): Promise<Float32Array> {
  const pooled = tf.tidy(() => {
    const batch = batchOf(encoder.config, [values]);
    return tf.stack(encoder.pool(encoder.forward(batch).slice(1), batch));
  });
  try {
    return (await pooled.data<'float32'>()).slice();
  } finally {
    pooled.dispose();
  }
}

export function openModality(stored: StoredEncoder, standardisation: Standardisation): Modality {
  const { modality } = stored;
  const config = parseConfig(stored.config, `${modality.encoder}/config.json`);
  const frontEnd: FrontEnd = createFrontEnd(stored);
  if (modality.pooling === 'given') throw new RangeError(`${modality.id} has no encoder.`);
  const encoder = createEncoder(config, loadCheckpoint(config, stored.weights), modality.pooling);
  const kept = new Map<string, { values: Float32Array; seen: Seen }>();
  const { layers, width } = modality;
  return {
    layers,
    width,
    async states({ input, degradation }, signal) {
      const timing = { features: 0, encoder: 0 };
      if (!input || degradation.dropped)
        return { values: absentStates(layers * width, degradation), seen: null, timing };
      const key = fingerprint(input, degradation);
      const before = kept.get(key);
      if (before) return { ...before, timing };
      const begin = performance.now();
      const prepared = frontEnd(input, degradation);
      timing.features = performance.now() - begin;
      await breathe(signal);
      const encoderBegin = performance.now();
      const values = standardise(await encode(encoder, prepared.values), standardisation);
      timing.encoder = performance.now() - encoderBegin;
      const states = { values, seen: prepared.seen };
      kept.set(key, states);
      for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest);
      signal.throwIfAborted();
      return { ...states, timing };
    },
    async attribute({ input, degradation }, layer, score) {
      if (!input) throw new UserError('There is nothing to explain: give an input.');
      const { values } = frontEnd(input, degradation);
      const batch = batchOf(config, [values]);
      const of = (from: Float32Array) => from.subarray((layer - 1) * width, layer * width);
      try {
        const found = await attribute(encoder, batch, (states) => {
          const [pooled] = encoder.pool([states[layer]], batch);
          const centred = tf.sub(pooled, tf.tensor(of(standardisation.mean), [1, width]));
          return score(tf.div(centred, tf.tensor(of(standardisation.deviation), [1, width])));
        });
        return attributionMap(config, found);
      } finally {
        tf.dispose(Object.values(batch));
      }
    },
    async warm() {
      await encode(encoder, blankInput(config));
    },
    dispose: () => encoder.dispose(),
  };
}

/** A modality whose layer states were computed elsewhere: there is nothing to give it. */
export const featuresOnly = ({ layers, width }: Standardisation): Modality => ({
  layers,
  width,
  async states({ input, degradation }) {
    if (input) throw new UserError('This modality comes as stored features and cannot be given by hand.');
    const timing = { features: 0, encoder: 0 };
    return { values: absentStates(layers * width, degradation), seen: null, timing };
  },
  attribute: () => Promise.reject(new UserError('Stored features have no input to explain.')),
  warm: async () => undefined,
  dispose: () => undefined,
});
