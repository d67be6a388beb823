/** Reader of `emotion_text_audio` and, for more training voices, `emotion_audio_polish`. Not to be shown: profanity. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../math/errors';
import type { Split } from './digits';
import { parseFlac } from './flac';
import { readTable, readText } from './table';

export const emotions = ['angry', 'happy', 'sad', 'neutral'] as const;

interface Item {
  id: string;
  /** Index into `emotions`. */
  label: number;
  /** The comment itself, or the speaker: the unit of a bootstrap. */
  unit: string;
  split: Split;
}

export interface EmotionText extends Item {
  text: string;
}

export interface EmotionSpeech extends Item {
  /** ravdess, emodb or nemo. */
  corpus: string;
  samples: Float32Array;
  sampleRate: number;
}

const names: Record<string, Split> = { train: 'train', val: 'validation', test: 'test' };

function labelled(path: string, id: string, label: string, split: string): { label: number; split: Split } {
  const at = emotions.indexOf(label as (typeof emotions)[number]);
  if (at < 0 || !names[split]) throw new UserError(`${path}: ${id} has a label or split that is not known.`);
  return { label: at, split: names[split] };
}

const folderOf = (dataDir: string, name: string): string => {
  const inside = join(dataDir, name);
  return existsSync(inside) ? inside : dataDir;
};

/** @param splits only these are kept */
export function readEmotionTexts(dataDir: string, splits: Split[]): EmotionText[] {
  const path = join(folderOf(dataDir, 'emotion_text_audio'), 'text.tsv');
  return readTable(path, ['text', 'label', 'id', 'split']).flatMap(({ text, id, ...row }) => {
    const item = { id, text, unit: id, ...labelled(path, id, row.label, row.split) };
    return splits.includes(item.split) ? [item] : [];
  });
}

function readSpeech(folder: string, splits: Split[]): EmotionSpeech[] {
  const path = join(folder, 'audio.tsv');
  return readTable(path, ['file', 'dataset', 'label', 'speaker', 'split']).flatMap((row) => {
    const known = labelled(path, row.file, row.label, row.split);
    if (!splits.includes(known.split)) return [];
    const file = join(folder, row.file);
    if (!existsSync(file)) throw new UserError(`${file} is missing: the table names it.`);
    const id = row.file.replace(/^audio\/|\.flac$/g, '');
    return [{ id, unit: row.speaker, corpus: row.dataset, ...known, ...parseFlac(readFileSync(file)) }];
  });
}

/** Acted speech in English and German. Only the sound files of `splits` are opened. */
export const readEmotionSpeech = (dataDir: string, splits: Split[]): EmotionSpeech[] =>
  readSpeech(folderOf(dataDir, 'emotion_text_audio'), splits);

/** Acted speech in Polish, for training; none if the folder is not there. */
export function readPolishSpeech(dataDir: string, splits: Split[]): EmotionSpeech[] {
  const folder = join(dataDir, 'emotion_audio_polish');
  return existsSync(folder) ? readSpeech(folder, splits) : [];
}

/**
 * All comments of GoEmotions with their fine labels, for pretraining: its own train split, less what is a validation
 * or test text of `text.tsv`.
 * @returns labels as indices into the returned names
 */
export function readFineEmotions(dataDir: string): {
  names: string[];
  items: { text: string; labels: number[] }[];
} {
  const folder = join(folderOf(dataDir, 'emotion_text_audio'), 'goemotions_full');
  const fine = readText(join(folder, 'labels.txt')).trim().split(/\r?\n/);
  const held = readEmotionTexts(dataDir, ['validation', 'test']);
  const left = new Set(held.flatMap(({ id, text }) => [id, text]));
  const items = readText(join(folder, 'train.tsv'))
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => {
      const [text, labels, id] = line.split('\t');
      if (left.has(id?.trim()) || left.has(text)) return [];
      return [{ text, labels: labels.split(',').map(Number) }];
    });
  return { names: fine, items };
}
