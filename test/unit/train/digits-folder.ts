/** A small folder in the layout of the digits data: scribbles and beeps by made-up people. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { normal, seededRandom } from '../../../src/math/random';
import { writeWav } from '../../../src/media/wav';

const drawing = (digit: number, seed: number) => {
  const random = seededRandom('drawing', seed);
  return [
    Array.from({ length: 24 }, (_, i) => [
      Math.round(200 + 100 * Math.cos((digit + 1) * 0.1 * i) + 3 * normal(random)),
      Math.round(200 + 8 * i + 3 * normal(random)),
    ]),
  ];
};

const beep = (digit: number, seed: number) => {
  const random = seededRandom('beep', seed);
  const hertz = 300 + 200 * digit;
  return Float32Array.from(
    { length: 3000 },
    (_, i) => 0.4 * Math.sin((2 * Math.PI * hertz * i) / 8000) + 0.01 * normal(random),
  );
};

/** @param perClass items of each digit by each person */
export function makeDigitsFolder(perClass = 1): string {
  const folder = mkdtempSync(join(tmpdir(), 'digits-'));
  mkdirSync(join(folder, 'audio'));
  const lines: string[] = [];
  const rows = ['file\tdigit\tspeaker\tindex\tseconds\tfsdd_official\tspeaker_split'];
  const people = [
    ['tr01', 'train', 'george', 'train'],
    ['tr29', 'val', 'nicolas', 'train'],
    ['te01', 'test', 'lucas', 'test'],
  ];
  people.forEach(([writer, split, speaker, speakerSplit], p) => {
    for (let digit = 0; digit < 10; digit++)
      for (let n = 0; n < perClass; n++) {
        const seed = (p * 10 + digit) * perClass + n;
        const strokes = drawing(digit, seed);
        lines.push(JSON.stringify({ id: `${split}-${seed}`, digit, writer, sample: n, split, strokes }));
        const file = `audio/${digit}_${speaker}_${n}.wav`;
        writeFileSync(join(folder, file), writeWav({ samples: beep(digit, seed), sampleRate: 8000 }));
        rows.push([file, digit, speaker, n, 0.375, 'train', speakerSplit].join('\t'));
      }
  });
  writeFileSync(join(folder, 'pen_strokes.jsonl'), lines.join('\n') + '\n');
  writeFileSync(join(folder, 'audio.tsv'), rows.join('\n') + '\n');
  return folder;
}
