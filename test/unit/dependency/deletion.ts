/** The deletion test on a shipped pack's encoders and examples, with a T trained here on the pack's own states. */
import { readFileSync } from 'node:fs';
import { unpackStrokes } from '../../../src/app/inputs/examples';
import { attribute } from '../../../src/encoders/attribution';
import { parseConfig } from '../../../src/encoders/config';
import {
  createEncoder,
  loadCheckpoint,
  type Encoder,
  type EncoderBatch,
} from '../../../src/encoders/encoder';
import { batchOf } from '../../../src/encoders/frontend';
import { createFrontEnd } from '../../../src/engine/front-end';
import type { Degradation, ModalityInput } from '../../../src/engine/protocol';
import { measureDependency } from '../../../src/fusion/dependency/estimate';
import { deletionTest } from '../../../src/fusion/dependency/explain';
import { scorerOf, type Scorer } from '../../../src/fusion/dependency/score';
import type { DependencyMeasure } from '../../../src/fusion/dependency/critic';
import type { Standardisation } from '../../../src/fusion/standardise';
import { parseWav } from '../../../src/media/wav';
import { folderSource } from '../../../src/packs/folder';
import { openPack, type OpenPack } from '../../../src/packs/open';
import { decodeSampleStates, type SampleStates } from '../../../src/packs/sample-states';
import { gatherRows } from '../../../src/runtime/ops';
import * as tf from '../../../src/runtime/tf';

const root = new URL('../../../', import.meta.url).pathname;

export interface Subject {
  id: string;
  pack: OpenPack;
  states: SampleStates;
  sides: Record<'a' | 'b', Side>;
}

interface Side {
  encoder: Encoder;
  standardisation: Standardisation;
  /** As the pack's states were degraded. */
  degradation: Degradation;
  batch(input: ModalityInput): EncoderBatch;
}

export async function openSubject(id: string): Promise<Subject> {
  const pack = await openPack(folderSource(`${root}models/${id}`));
  const [pairing] = pack.pack.pairings;
  const states = decodeSampleStates(await pack.file('sample-states', { pairing: pairing.id }), id);
  const condition = pack.pack.conditions.find((c) => c.id === 'standard')!;
  const sideOf = (modality: string): Side => {
    const stored = pack.encoders[modality];
    const config = parseConfig(stored.config, modality);
    const { pooling } = stored.modality;
    if (pooling === 'given') throw new RangeError('No encoder.');
    const degradation = { ...(condition[modality] as Degradation), seed: 0 };
    const frontEnd = createFrontEnd(stored);
    return {
      encoder: createEncoder(config, loadCheckpoint(config, stored.weights), pooling),
      standardisation: pack.standardisations[modality],
      degradation,
      batch: (input) => batchOf(config, [frontEnd(input, degradation).values]),
    };
  };
  return { id, pack, states, sides: { a: sideOf(pairing.a), b: sideOf(pairing.b) } };
}

interface Entry {
  kind: string;
  packs: string[];
  class: string;
  set: string;
  modality?: string;
  partner?: string;
  id: string;
  text?: string;
  file?: string;
  key?: string;
}

const list = (): Entry[] =>
  (JSON.parse(readFileSync(`${root}public/examples/index.json`, 'utf8')) as { examples: Entry[] }).examples;

function inputOf({ kind, text, file, key }: Entry): ModalityInput {
  if (text !== undefined) return { kind: 'text', text };
  const bytes = readFileSync(`${root}public/examples/${file}`);
  if (kind === 'audio') {
    return { kind: 'audio', ...parseWav(new Uint8Array(bytes)) };
  }
  const all = JSON.parse(bytes.toString()) as Record<string, number[][]>;
  return { kind: 'drawing', drawing: unpackStrokes(all[key!]) };
}

/** Examples of A with one of B that goes with each. */
export function examplePairs({ id, pack }: Subject): { a: ModalityInput; b: ModalityInput }[] {
  const own = list().filter(({ packs }) => packs.includes(id));
  const [pairing] = pack.pack.pairings;
  const kindOf = (modality: string): string => {
    const kind = pack.pack.modalities.find((m) => m.id === modality)!.modality;
    return kind === 'video' ? 'drawing' : kind;
  };
  const of = (modality: string): Entry[] =>
    own.filter((e) => e.kind === kindOf(modality) && (e.modality === undefined || e.modality === modality));
  const others = of(pairing.b);
  return of(pairing.a).flatMap((a, n) => {
    const fitting = others.filter((b) => (a.partner ? b.id === a.partner : b.class === a.class));
    return fitting.length ? [{ a: inputOf(a), b: inputOf(fitting[n % fitting.length]) }] : [];
  });
}

/** T of one pair of layers, from 1, trained on the states that the pack ships. */
export async function trainedScorer(
  { states, pack }: Subject,
  measure: DependencyMeasure,
  [i, j]: [number, number],
): Promise<Scorer> {
  const one = (name: string, side: SampleStates['a'], layer: number) => {
    const n = states.labels.length;
    const own = new Float32Array(n * side.width);
    for (let s = 0; s < n; s++) {
      const from = (s * side.layers + layer - 1) * side.width;
      own.set(side.states.subarray(from, from + side.width), s * side.width);
    }
    return { name, layers: 1, width: side.width, states: own };
  };
  const byLabel = pack.pack.pairings[0].paired === 'by-label';
  const { critics } = await measureDependency(
    [one('A', states.a, i), one('B', states.b, j)],
    [[0, 0]],
    { measure, seed: 0, epochs: 40 },
    { units: states.idsB, labels: byLabel ? states.labels : undefined },
  );
  return scorerOf(critics, [0, 0]);
}

/** How much further T falls without the top fifth of one side's parts than without a random fifth, by example. */
export async function deletionGains(
  { sides }: Subject,
  scorer: Scorer,
  side: 'a' | 'b',
  [i, j]: [number, number],
  pairs: { a: ModalityInput; b: ModalityInput }[],
): Promise<number[]> {
  const { encoder } = sides[side];
  const layer = side === 'a' ? i : j;
  const stateOf = (own: Side, at: number, states: tf.Tensor[], batch: EncoderBatch): tf.Tensor => {
    const { width } = own.encoder;
    const part = (from: Float32Array) => tf.tensor(from.subarray((at - 1) * width, at * width), [1, width]);
    const [pooled] = own.encoder.pool([states[at]], batch);
    return tf.div(tf.sub(pooled, part(own.standardisation.mean)), part(own.standardisation.deviation));
  };
  const gains: number[] = [];
  for (const [n, pair] of pairs.entries()) {
    const other = side === 'a' ? sides.b : sides.a;
    const otherBatch = other.batch(side === 'a' ? pair.b : pair.a);
    const fixed = tf.keep(
      tf.tidy(() => stateOf(other, side === 'a' ? j : i, other.encoder.forward(otherBatch), otherBatch)),
    );
    const batch = sides[side].batch(pair[side]);
    const score = (states: tf.Tensor[]): tf.Scalar => {
      const state = stateOf(sides[side], layer, states, batch);
      return tf.sum(scorer.score(side === 'a' ? [state, fixed] : [fixed, state])) as tf.Scalar;
    };
    const { parts } = await attribute(encoder, batch, score);
    // the marks at both ends of a text are none of its words
    const marks = 'ids' in batch ? 1 : 0;
    const own = parts.subarray(marks, parts.length - marks);
    const input =
      'patches' in batch
        ? batch.patches
        : gatherRows(encoder.params.get('words')!, (batch as { ids: tf.Tensor }).ids);
    const [, count] = input.shape as number[];
    const { top, randomMean } = await deletionTest(
      own,
      async (deleted) => {
        const kept = new Float32Array(count).fill(1);
        for (const part of deleted) kept[part + marks] = 0;
        const value = tf.tidy(() => {
          const blank = tf.mul(input, tf.tensor(kept, [1, count, 1]));
          return score(
            encoder.forward({ ...batch, ['patches' in batch ? 'patches' : 'words']: blank } as EncoderBatch),
          );
        });
        const [said] = await value.data();
        value.dispose();
        return said;
      },
      { draws: 10, seed: n },
    );
    gains.push(top - randomMean);
    tf.dispose([
      fixed,
      ...(Object.values(batch) as tf.Tensor[]),
      ...(Object.values(otherBatch) as tf.Tensor[]),
    ]);
    if (!('patches' in batch)) input.dispose();
  }
  return gains;
}

/** Student's t of a mean against zero. */
export function tOf(values: readonly number[]): number {
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  return mean / Math.sqrt(variance / n);
}
