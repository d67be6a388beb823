/** Reader of `digits_audio_video`: digits drawn with a pen, and spoken. The folder may hold only some splits. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../math/errors';
import { mixSeed, seededRandom } from '../../math/random';
import type { Drawing } from '../../media/strokes';
import { parseWav } from '../../media/wav';
import { readTable, readText } from './table';

export type Split = 'train' | 'validation' | 'test';

interface Item {
  id: string;
  /** The digit. */
  label: number;
  /** Who: the writer or the speaker, the independent unit of a bootstrap. */
  unit: string;
  split: Split;
}

export interface DrawnDigit extends Item {
  drawing: Drawing;
}

export interface SpokenDigit extends Item {
  /** −1..1, one channel, as recorded. */
  samples: Float32Array;
  sampleRate: number;
}

export interface Digits {
  video: DrawnDigit[];
  audio: SpokenDigit[];
}

/** The training voice that is held out for validation: nothing is trained on it. */
export const validationVoice = 'nicolas';

/** Milliseconds from one point of the pen to the next. */
const penInterval = 100;

const names: Record<string, Split> = { train: 'train', val: 'validation', test: 'test' };

interface PenLine {
  id: string;
  digit: number;
  writer: string;
  split: string;
  strokes: [number, number][][];
}

/** Tablet units with y up become a drawing with y down and times. */
function toDrawing(strokes: PenLine['strokes']): Drawing {
  let n = 0;
  return { strokes: strokes.map((s) => s.map(([x, y]) => ({ x, y: -y, t: penInterval * n++ }))) };
}

/** @param folder of the data set @param splits only these are read */
export function readDrawings(folder: string, splits: Split[]): DrawnDigit[] {
  const path = join(folder, 'pen_strokes.jsonl');
  const out: DrawnDigit[] = [];
  readText(path)
    .split('\n')
    .forEach((line, n) => {
      if (!line.trim()) return;
      let pen: PenLine;
      try {
        pen = JSON.parse(line) as PenLine;
      } catch {
        throw new UserError(`${path}, line ${n + 1}: not a JSON object.`);
      }
      const split = names[pen.split];
      if (!split || !Array.isArray(pen.strokes) || !(pen.digit >= 0 && pen.digit <= 9))
        throw new UserError(`${path}, line ${n + 1}: no digit with strokes and a split.`);
      if (splits.includes(split))
        out.push({ id: pen.id, label: pen.digit, unit: pen.writer, split, drawing: toDrawing(pen.strokes) });
    });
  return out;
}

/** @param heldOut the training voice that is the validation split */
export function readSpeech(folder: string, splits: Split[], heldOut = validationVoice): SpokenDigit[] {
  const rows = readTable(join(folder, 'audio.tsv'), ['file', 'digit', 'speaker', 'speaker_split']);
  const out: SpokenDigit[] = [];
  for (const row of rows) {
    const split =
      row.speaker === heldOut && row.speaker_split !== 'test' ? 'validation' : names[row.speaker_split];
    if (!split) throw new UserError(`${folder}/audio.tsv: "${row.speaker_split}" is no split.`);
    if (!splits.includes(split)) continue;
    const path = join(folder, row.file);
    if (!existsSync(path)) throw new UserError(`${path} is missing: the table names it.`);
    out.push({
      id: row.file.replace(/^audio\/|\.wav$/g, ''),
      label: Number(row.digit),
      unit: row.speaker,
      split,
      ...parseWav(readFileSync(path)),
    });
  }
  return out;
}

/** The folder itself, or the one inside a folder of data sets. */
export function digitsFolder(dataDir: string): string {
  const inside = join(dataDir, 'digits_audio_video');
  return existsSync(inside) ? inside : dataDir;
}

export interface DigitsOptions {
  /** Only these are read: training never opens what is in `test`. */
  splits: Split[];
  /** The validation voice, for leave-one-voice-out. */
  heldOut?: string;
}

/** @throws UserError where the folder is not this data set, or is damaged */
export function readDigits(dataDir: string, { splits, heldOut }: DigitsOptions): Digits {
  const folder = digitsFolder(dataDir);
  return { video: readDrawings(folder, splits), audio: readSpeech(folder, splits, heldOut) };
}

/**
 * Pairing by label: each item of A once, its partner drawn uniformly from the same class (and, as both lists hold
 * one split, the same split) of B.
 * @returns for each item of `a`, an index into `b`
 */
export function pairByLabel(a: { label: number }[], b: { label: number }[], seed: number): Int32Array {
  const byLabel = new Map<number, number[]>();
  b.forEach(({ label }, i) => byLabel.set(label, [...(byLabel.get(label) ?? []), i]));
  const random = seededRandom(mixSeed(seed));
  return Int32Array.from(a, ({ label }) => {
    const partners = byLabel.get(label);
    if (!partners) throw new UserError(`No sample of class ${label} to pair with: is a file missing?`);
    return partners[Math.floor(random() * partners.length)];
  });
}
