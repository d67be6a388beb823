/** One input's layer states as a file: safetensors, NumPy's npz, or a table of the pooled states. */
import { zipSync } from 'fflate';
import { writeSafetensors } from '../../runtime/safetensors';
import type { Pooling } from '../../encoders/network';
import type { InputStates } from './report';

/** [layers, positions, width], layer 1 first. */
function joined({ layers, positions, width, states }: InputStates): Float32Array {
  const out = new Float32Array(layers * positions * width);
  states.forEach((values, layer) => out.set(values, layer * positions * width));
  return out;
}

/** A .npy file of float32, version 1.0 (NEP 1): its header padded so that the data starts at a multiple of 64. */
export function npyFile(shape: readonly number[], values: Float32Array): Uint8Array<ArrayBuffer> {
  const say = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const start = Math.ceil((10 + say.length + 1) / 64) * 64;
  const file = new Uint8Array(start + values.byteLength);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(file.buffer).setUint16(8, start - 10, true);
  file.set(new TextEncoder().encode(`${say.padEnd(start - 11)}\n`), 10);
  file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start);
  return file;
}

export function saveStates(
  states: InputStates,
  about: { name: string; pooling: Pooling },
  format: 'safetensors' | 'npz' | 'csv',
): Uint8Array<ArrayBuffer> {
  const { layers, positions, width, pooled } = states;
  if (format === 'csv') {
    const head = ['layer', ...Array.from({ length: width }, (_, c) => `x${c + 1}`)].join(',');
    const rows = Array.from({ length: layers }, (_, l) =>
      [l + 1, ...pooled.subarray(l * width, (l + 1) * width)].join(','),
    );
    return new TextEncoder().encode([head, ...rows, ''].join('\n'));
  }
  const arrays = [
    { name: 'hidden_states', shape: [layers, positions, width], data: joined(states) },
    { name: 'pooled', shape: [layers, width], data: pooled },
  ];
  if (format === 'safetensors')
    return writeSafetensors(arrays, {
      checkpoint: about.name,
      pooling: about.pooling,
      layers: `1 to ${layers}; the embedding is left out`,
    });
  const files = arrays.map(({ name, shape, data }) => [`${name}.npy`, npyFile(shape, data)] as const);
  return zipSync(Object.fromEntries(files), { level: 0 }) as Uint8Array<ArrayBuffer>;
}
