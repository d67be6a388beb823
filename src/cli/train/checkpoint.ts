/** A run on disk: to go on after it was stopped, and the encoder that it has made so far. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeConfig, type EncoderConfig } from '../../encoders/config';
import { assemble, checkedValues, disassemble } from '../../encoders/params';
import { paramSpecs } from '../../encoders/encoder';
import { UserError } from '../../math/errors';
import { readSafetensors, toFloat32, writeSafetensors } from '../../runtime/safetensors';
import type { AdamWState } from './adamw';
import type { ParamLayout } from './model';

/** Whole or not at all: a run that is killed while it writes leaves the file before. */
export function writeWhole(path: string, data: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.partial`, data);
  renameSync(`${path}.partial`, path);
}

const arrays = ['weights', 'average', 'm', 'v', 'best'] as const;

/** An optimiser's state, and the average of the weights that was best on validation. */
export interface RunState extends AdamWState {
  best: Float32Array;
}

/** @param progress plain data that goes with the state: what the best reached */
export function saveCheckpoint(path: string, state: RunState, progress: Record<string, unknown>): void {
  const tensors = arrays.map((name) => ({ name, shape: [state[name].length], data: state[name] }));
  const metadata = { step: String(state.step), progress: JSON.stringify(progress) };
  writeWhole(path, writeSafetensors(tensors, metadata));
}

/** Fills `state` from a checkpoint; null if there is none. @throws UserError where it is of another model */
export function loadCheckpoint<T>(path: string, state: RunState): T | null {
  if (!existsSync(path)) return null;
  const { metadata, tensors } = readSafetensors(new Uint8Array(readFileSync(path)), path);
  for (const name of arrays) {
    const stored = tensors.get(name) ?? tensors.get('average');
    if (!stored || stored.shape[0] !== state[name].length)
      throw new UserError(`${path} is the checkpoint of another model: remove it, or leave out --resume.`);
    state[name].set(toFloat32(stored));
  }
  state.step = Number(metadata.step);
  return JSON.parse(metadata.progress) as T;
}

/** The encoder of a flat array of weights in Hugging Face layout. */
export function exportEncoder(
  folder: string,
  config: EncoderConfig,
  { places }: ParamLayout,
  weights: Float32Array,
  files: Record<string, Record<string, unknown>>,
): void {
  const count = paramSpecs(config).length;
  const tensors = places
    .slice(0, count)
    .flatMap(({ spec, offset, size }) => disassemble(spec, weights.slice(offset, offset + size)))
    .map((tensor) => ({ ...tensor, dtype: 'F16' as const }));
  writeWhole(join(folder, 'model.safetensors'), writeSafetensors(tensors, { format: 'pt' }));
  writeWhole(join(folder, 'config.json'), JSON.stringify(writeConfig(config), null, 2) + '\n');
  for (const [name, content] of Object.entries(files))
    writeWhole(join(folder, name), JSON.stringify(content, null, name === 'tokenizer.json' ? 0 : 2) + '\n');
}

/** Puts the encoder of a folder in Hugging Face layout into a flat array of weights. @throws UserError where it is another */
export function loadEncoder(
  folder: string,
  config: EncoderConfig,
  { places }: ParamLayout,
  weights: Float32Array,
): void {
  const path = join(folder, 'model.safetensors');
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(path)), path);
  for (const { spec, offset } of places.slice(0, paramSpecs(config).length)) {
    const parts = spec.parts.map((name, p) =>
      name === null ? null : checkedValues(tensors.get(name), name, spec.partShapes?.[p] ?? spec.partShape),
    );
    weights.set(assemble(spec, parts), offset);
  }
}
