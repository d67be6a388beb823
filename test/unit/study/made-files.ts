/** Layer states of a made-up labelled set, as a person's files hold them. */
import { zipSync } from 'fflate';
import { normal, seededRandom } from '../../../src/math/random';
import type { GivenFile } from '../../../src/packs/study/arrays';
import { writeSafetensors, type TensorToWrite } from '../../../src/runtime/safetensors';

export const text = (name: string, content: string): GivenFile => ({
  name,
  bytes: new TextEncoder().encode(content),
});

/** A .npy file of numbers or of text. */
export function npy(shape: number[], values: Float32Array | string[]): Uint8Array {
  const words = Array.isArray(values);
  const longest = words ? Math.max(...values.map((value) => value.length)) : 0;
  const data = words
    ? Uint32Array.from(
        values.flatMap((value) => Array.from({ length: longest }, (_, i) => value.codePointAt(i) ?? 0)),
      )
    : values;
  const descr = words ? `<U${longest}` : '<f4';
  const header = new TextEncoder().encode(
    `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`,
  );
  const start = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length & 255, header.length >> 8];
  return Uint8Array.from([
    ...start,
    ...header,
    ...new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
}

export const npz = (name: string, arrays: Record<string, Uint8Array>): GivenFile => ({
  name,
  bytes: Uint8Array.from(
    zipSync(Object.fromEntries(Object.entries(arrays).map(([key, bytes]) => [`${key}.npy`, bytes]))),
  ),
});

export const safetensors = (
  name: string,
  tensors: TensorToWrite[],
  metadata?: Record<string, string>,
): GivenFile => ({ name, bytes: writeSafetensors(tensors, metadata) });

export interface MadeStudy {
  samples: number;
  classes: string[];
  labels: string[];
  ids: string[];
  speakers: string[];
  /** [samples, layers, width] */
  a: { layers: number; width: number; states: Float32Array };
  b: { layers: number; width: number; states: Float32Array };
}

/** The class shows in one column, the more the later the layer. */
export function madeStudy(samples = 96, la = 4, lb = 5, width = 6): MadeStudy {
  const classes = ['no', 'yes'];
  const label = (s: number) => s % 2;
  const side = (layers: number, name: string) => {
    const random = seededRandom(3, name);
    const states = Float32Array.from({ length: samples * layers * width }, (_, i) => {
      const s = Math.floor(i / (layers * width));
      const layer = Math.floor(i / width) % layers;
      return normal(random) + (i % width === 0 ? label(s) * (layer + 1) * 0.7 : 0);
    });
    return { layers, width, states };
  };
  return {
    samples,
    classes,
    labels: Array.from({ length: samples }, (_, s) => classes[label(s)]),
    ids: Array.from({ length: samples }, (_, s) => `u${s}`),
    speakers: Array.from({ length: samples }, (_, s) => `s${Math.floor(s / 6)}`),
    a: side(la, 'a'),
    b: side(lb, 'b'),
  };
}

/** A as safetensors in its order, B as npz in the reverse order, the labels as a table. */
export function filesOf(made: MadeStudy): { a: GivenFile; b: GivenFile; labels: GivenFile } {
  const { samples, a, b, ids } = made;
  const size = b.layers * b.width;
  const reversed = new Float32Array(b.states.length);
  for (let s = 0; s < samples; s++)
    reversed.set(b.states.subarray(s * size, (s + 1) * size), (samples - 1 - s) * size);
  return {
    a: safetensors(
      'text.safetensors',
      [{ name: 'states', shape: [samples, a.layers, a.width], data: a.states }],
      { ids: JSON.stringify(ids) },
    ),
    b: npz('audio.npz', {
      states: npy([samples, b.layers, b.width], reversed),
      ids: npy([samples], [...ids].reverse()),
    }),
    labels: text(
      'labels.csv',
      ['id,label,speaker', ...ids.map((id, s) => `${id},${made.labels[s]},"${made.speakers[s]}"`)].join(
        '\r\n',
      ),
    ),
  };
}
