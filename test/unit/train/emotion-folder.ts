/** A small folder in the layout of the emotion data: made-up comments, and beeps by made-up people. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { normal, seededRandom } from '../../../src/math/random';
import { flac, verbatim } from './flac-file';

export const words: Record<string, string[]> = {
  angry: ['hate', 'furious', 'stop', 'awful'],
  happy: ['great', 'yay', 'love', 'fun'],
  sad: ['lost', 'cry', 'miss', 'alone'],
  neutral: ['table', 'green', 'road', 'paper'],
};
const fine: Record<string, string> = { angry: 'anger', happy: 'joy', sad: 'grief', neutral: 'neutral' };
const fineNames = ['anger', 'gratitude', 'joy', 'grief', 'neutral'];

/** 0.3 s of a tone, as a FLAC file of one channel at 16 kHz. */
function beep(hertz: number, seed: number): Uint8Array {
  const random = seededRandom('beep', seed);
  const size = 240;
  const blocks = Array.from({ length: 20 }, (_, n) => ({
    size,
    code: 0,
    subframes: [
      verbatim(
        Array.from({ length: size }, (_, i) =>
          Math.round(8000 * Math.sin((2 * Math.PI * hertz * (n * size + i)) / 16000) + 200 * normal(random)),
        ),
      ),
    ],
  }));
  return flac(blocks, 1);
}

/** Of each class six training comments and two of validation, none of test, which no training opens. */
export function makeEmotionFolder(): string {
  const data = mkdtempSync(join(tmpdir(), 'emotion-'));
  const folder = join(data, 'emotion_text_audio');
  mkdirSync(join(folder, 'goemotions_full'), { recursive: true });
  const texts = ['text\tlabel\tgoemotions\tid\tsplit'];
  const comments: string[] = [];
  const random = seededRandom('comments');
  const word = (of: string[]) => of[Math.floor(random() * of.length)];
  for (const [label, own] of Object.entries(words))
    for (let n = 0; n < 8; n++) {
      const text = `so ${word(own)} and ${word(own)} ${n} it is`;
      texts.push([text, label, fine[label], `${label}${n}`, n < 6 ? 'train' : 'val'].join('\t'));
      comments.push([text, fineNames.indexOf(fine[label]), `${label}${n}`].join('\t'));
    }
  comments.push('thank you\t1\tx1', 'thank you all\t1,2\tx2', 'so lost yet fun\t2,3\tx3');
  writeFileSync(join(folder, 'text.tsv'), texts.join('\n') + '\n');
  writeFileSync(join(folder, 'goemotions_full', 'labels.txt'), fineNames.join('\n') + '\n');
  writeFileSync(join(folder, 'goemotions_full', 'train.tsv'), comments.join('\n') + '\n');
  const speech = (where: string, corpus: string, people: [string, string][]) => {
    mkdirSync(join(where, 'audio'), { recursive: true });
    const rows = ['file\tdataset\tlabel\tspeaker\tsplit'];
    for (const [p, [speaker, split]] of people.entries())
      for (const [c, label] of Object.keys(words).entries()) {
        const file = `audio/${speaker}-${label}.flac`;
        rows.push([file, corpus, label, speaker, split].join('\t'));
        // The files of test are not even there.
        if (split !== 'test') writeFileSync(join(where, file), beep(300 + 400 * c + 20 * p, p));
      }
    writeFileSync(join(where, 'audio.tsv'), rows.join('\n') + '\n');
  };
  speech(folder, 'ravdess', [
    ['a', 'train'],
    ['b', 'val'],
    ['c', 'test'],
  ]);
  speech(join(data, 'emotion_audio_polish'), 'nemo', [
    ['p', 'train'],
    ['q', 'test'],
  ]);
  return data;
}
