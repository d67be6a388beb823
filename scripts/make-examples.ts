/**
 * Makes the examples of the page: drawings by formula (scripts/example-drawings.ts) and speech synthesised with
 * espeak-ng. Run `npx tsx scripts/make-examples.ts`; it needs espeak-ng on the path. The same sources give the
 * same files.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSpeech } from '../src/media/audio';
import { resample } from '../src/media/resample';
import { parseWav } from '../src/media/wav';
import type { ExampleEntry, ExampleIndex } from '../src/app/inputs/examples';
import { drawDigit, styles } from './example-drawings';

const out = join(import.meta.dirname, '../public/examples');
const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
/** Hz: the recordings that the audio encoder was trained on have as many. */
const rate = 8000;
const voices = [
  { id: 'us-m', voice: 'en-us', pitch: 42, speed: 140, label: 'US voice, low' },
  { id: 'gb-f', voice: 'en-gb+f3', pitch: 62, speed: 150, label: 'British voice, high' },
];

/** 16-bit PCM in RIFF. */
function wavBytes(samples: Float32Array): Buffer {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((x, n) => bytes.writeInt16LE(Math.round(32767 * Math.max(-1, Math.min(1, x))), 44 + 2 * n));
  return bytes;
}

/** A word or sentence by espeak-ng, trimmed, at 8 kHz and half of full scale. */
function speak(text: string, voice: (typeof voices)[number], folder: string): Float32Array {
  const file = join(folder, 'spoken.wav');
  execFileSync('espeak-ng', [
    '-v',
    voice.voice,
    '-p',
    `${voice.pitch}`,
    '-s',
    `${voice.speed}`,
    '-w',
    file,
    text,
  ]);
  const { samples, sampleRate } = parseWav(readFileSync(file));
  const [start, end] = findSpeech(samples, sampleRate);
  const narrow = resample(samples.subarray(start, end), sampleRate, rate, 0.95 * (rate / 2));
  const peak = narrow.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return narrow.map((x) => (0.5 * x) / peak);
}

const entries: ExampleEntry[] = [];

const drawings: Record<string, number[][]> = {};
styles.forEach((style, row) =>
  words.forEach((word, digit) => {
    const id = `${digit}-${style.id}`;
    // Flat and in whole units of 1/250 of the box: x, y, t, x, y, t.
    drawings[id] = drawDigit(digit, style, 100 * row + digit).strokes.map((stroke) =>
      stroke.flatMap(({ x, y, t }) => [Math.round(2.5 * x), Math.round(2.5 * y), Math.round(t)]),
    );
    entries.push({
      id: `drawing-${id}`,
      kind: 'drawing',
      packs: ['digits'],
      class: `${digit}`,
      label: word,
      set: style.label,
      file: 'drawings.json',
      key: id,
    });
  }),
);

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, 'speech'), { recursive: true });
writeFileSync(join(out, 'drawings.json'), JSON.stringify(drawings));

const folder = mkdtempSync(join(tmpdir(), 'examples-'));
for (const voice of voices)
  words.forEach((word, digit) => {
    const file = `speech/${digit}-${voice.id}.wav`;
    writeFileSync(join(out, file), wavBytes(speak(word, voice, folder)));
    entries.push({
      id: `speech-${digit}-${voice.id}`,
      kind: 'audio',
      packs: ['digits'],
      class: `${digit}`,
      label: word,
      set: voice.label,
      file,
    });
  });
rmSync(folder, { recursive: true });

const index: ExampleIndex = {
  schema: 1,
  notes: { drawing: 'drawn by formula', audio: 'synthesised with espeak-ng' },
  examples: entries,
};
writeFileSync(join(out, 'index.json'), JSON.stringify(index));
