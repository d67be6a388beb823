/**
 * Makes the examples of the page: drawings by formula (example-drawings.ts), clothes drawn as shapes
 * (example-garments.ts), sentences (example-sentences.ts), and speech synthesised with espeak-ng. Run
 * `npx tsx scripts/make-examples.ts`; it needs espeak-ng on the path, and Chromium. The same sources give the same
 * files.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findSpeech } from '../src/media/audio';
import { resample } from '../src/media/resample';
import { parseWav, writeWav } from '../src/media/wav';
import type { ExampleEntry, ExampleIndex } from '../src/app/inputs/examples';
import { ensureChromium } from './chromium.mjs';
import { drawDigit, styles } from './example-drawings';
import { garmentSvg, garments } from './example-garments';
import { comments, moods, reviews, spokenSentence, titles, verses } from './example-sentences';

const out = join(import.meta.dirname, '../public/examples');
const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
interface Saying {
  voice: string;
  /** 0..99 */
  pitch: number;
  /** Words a minute. */
  speed: number;
}
/** Hz: the recordings that the audio encoder was trained on have as many. */
const rate = 8000;
const voices = [
  { id: 'us-m', voice: 'en-us', pitch: 42, speed: 140, label: 'US voice, low' },
  { id: 'gb-f', voice: 'en-gb+f3', pitch: 62, speed: 150, label: 'British voice, high' },
];

/** A word, sentence or SSML by espeak-ng, trimmed, at 8 kHz and half of full scale. */
function speak(text: string, { voice, pitch, speed }: Saying, folder: string): Uint8Array {
  const file = join(folder, 'spoken.wav');
  execFileSync('espeak-ng', ['-m', '-v', voice, '-p', `${pitch}`, '-s', `${speed}`, '-w', file, text]);
  const { samples, sampleRate } = parseWav(readFileSync(file));
  const [start, end] = findSpeech(samples, sampleRate);
  const narrow = resample(samples.subarray(start, end), sampleRate, rate, 0.95 * (rate / 2));
  const peak = narrow.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return writeWav({ samples: narrow.map((x) => (0.5 * x) / peak), sampleRate: rate });
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
    writeFileSync(join(out, file), speak(word, voice, folder));
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

for (const { id, voice, label } of voices)
  for (const [mood, { pitch, speed, range, volume }] of Object.entries(moods)) {
    const file = `speech/${mood}-${id}.wav`;
    const marked = `<prosody range="${range}" volume="${volume}">${spokenSentence}</prosody>`;
    writeFileSync(join(out, file), speak(marked, { voice, pitch, speed }, folder));
    entries.push({
      id: `speech-${mood}-${id}`,
      kind: 'audio',
      packs: ['emotion'],
      class: mood,
      label: mood,
      set: label,
      file,
    });
  }
rmSync(folder, { recursive: true });

for (const [mood, texts] of Object.entries(comments))
  texts.forEach((text, n) =>
    entries.push({
      id: `comment-${mood}-${n + 1}`,
      kind: 'text',
      packs: ['emotion'],
      class: mood,
      label: mood,
      set: mood,
      text,
    }),
  );

for (const [sentiment, texts] of Object.entries(reviews))
  texts.forEach((text, n) =>
    entries.push({
      id: `review-${sentiment.toLowerCase()}-${n + 1}`,
      kind: 'text',
      packs: ['sentiment'],
      modality: 'text',
      class: sentiment,
      label: sentiment.toLowerCase(),
      set: sentiment.toLowerCase(),
      text,
    }),
  );

for (const verse of verses)
  for (const [modality, text, other] of [
    ['latin', verse.a, 'english'],
    ['english', verse.b, 'latin'],
  ])
    entries.push({
      id: `${modality}-${verse.id}`,
      kind: 'text',
      packs: ['latin-english'],
      modality,
      class: verse.class,
      label: verse.class,
      set: verse.class,
      partner: `${other}-${verse.id}`,
      text,
    });

mkdirSync(join(out, 'garments'));
const browser = await chromium.launch({ executablePath: ensureChromium(), args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 224, height: 224 } });
for (const name of Object.keys(garments)) {
  await page.setContent(`<style>body{margin:0}svg{display:block}</style>${garmentSvg(name)}`);
  await page.screenshot({ path: join(out, `garments/${name}.jpg`), type: 'jpeg', quality: 80 });
}
await browser.close();
for (const { class: type, id, label, text } of titles) {
  const shared = { packs: ['fashion'], class: type, label };
  entries.push({ ...shared, id: `title-${id}`, set: 'titles', kind: 'text', partner: `garment-${id}`, text });
  entries.push({
    ...shared,
    id: `garment-${id}`,
    set: 'drawn pictures',
    kind: 'image',
    partner: `title-${id}`,
    file: `garments/${id}.jpg`,
  });
}

const index: ExampleIndex = {
  schema: 1,
  notes: {
    drawing: 'drawn by formula',
    audio: 'synthesised with espeak-ng',
    text: 'our own words',
    image: 'drawn by a script',
    'emotion audio': 'synthesised with espeak-ng, which carries little emotion',
    'latin-english text': 'our own words, not a quotation',
  },
  examples: entries,
};
writeFileSync(join(out, 'index.json'), JSON.stringify(index));
