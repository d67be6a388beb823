/** What a pack says of a sample, each head run alone in plain JavaScript: the truth that the page is held to. */
import { readFileSync } from 'node:fs';
import { runHeads } from '../../../src/fusion/head';
import { members, toTensors } from '../../../src/fusion/parameters';
import { openModality } from '../../../src/engine/modality';
import type { GivenInput } from '../../../src/engine/protocol';
import { headSpecs } from '../../../src/math/skew';
import { groupsByPairs, layersOf } from '../../../src/fusion/heads';
import { unpackStrokes } from '../../../src/app/inputs/examples';
import { parseWav } from '../../../src/media/wav';
import { openPack } from '../../../src/packs/open';
import { memorySource } from '../../../src/packs/source';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';

const examples = new URL('../../../public/examples/', import.meta.url);

/** @param key "4-upright" */
export const exampleDrawing = (key: string): GivenInput => ({
  input: {
    kind: 'drawing',
    drawing: unpackStrokes(
      (JSON.parse(readFileSync(new URL('drawings.json', examples), 'utf8')) as Record<string, number[][]>)[
        key
      ],
    ),
  },
  degradation: {},
});

/** @param name "4-us-m" */
export const exampleSpeech = (name: string): GivenInput => ({
  input: {
    kind: 'audio',
    ...parseWav(new Uint8Array(readFileSync(new URL(`speech/${name}.wav`, examples)))),
  },
  degradation: {},
});

/** [heads][classes], in the order of `headSpecs`. */
export async function headsByHand(
  files: ReadonlyMap<string, Uint8Array>,
  a: GivenInput,
  b: GivenInput,
): Promise<Float32Array[]> {
  await startNode({ backend: 'cpu' });
  const pack = await openPack(memorySource(files));
  const never = new AbortController().signal;
  const states = async (id: string, given: GivenInput) =>
    (await openModality(pack.encoders[id], pack.standardisations[id]).states(given, never)).values;
  const { a: idA, b: idB } = pack.pack.pairings[0];
  const [stateA, stateB] = [await states(idA, a), await states(idB, b)];
  const { shape, groups } = await pack.heads(pack.pack.pairings[0].id, pack.pack.tasks[0].id, 'none');
  const out: Float32Array[] = new Array<Float32Array>(headSpecs(shape.la, shape.lb).length);
  groupsByPairs(shape.la, shape.lb).forEach(({ heads, specs }, g) =>
    heads.forEach((head, at) => {
      const layers = layersOf([specs[at]]);
      const take = (values: Float32Array, width: number, of: number[]) =>
        tf.tensor(
          of.flatMap((layer) => [...values.subarray(layer * width, (layer + 1) * width)]),
          [of.length, 1, width],
        );
      const { logits } = runHeads(
        toTensors(members(groups[g].parameters, at, at + 1)),
        take(stateA, shape.widthA, layers.a),
        take(stateB, shape.widthB, layers.b),
        shape,
      );
      out[head] = tf.softmax(logits).dataSync<'float32'>().slice();
    }),
  );
  return out;
}
