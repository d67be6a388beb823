/**
 * Digits spoken by espeak-ng in many accents and voices, as extra training voices: the recordings have four.
 * Writes WAV files of 8 kHz and a table into a folder outside version control; `npm run train` uses them if they are
 * there. Seeded: the same version of espeak-ng gives the same files.
 *
 *     npx tsx scripts/synthesise-digits.ts [--out .cache/synthetic-digits] [--count 7000]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { choice, seededRandom } from '../src/math/random';
import { resample } from '../src/media/resample';
import { parseWav, writeWav } from '../src/media/wav';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: '.cache/synthetic-digits' },
    count: { type: 'string', default: '7000' },
  },
});

/** Each digit as voices of English say it, and as people with other mother tongues often do, written for English rules. */
const english = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const approximate = [
  ['zeero', 'seero', 'zehro', 'zirro'],
  ['wan', 'won', 'wonn', 'oowan'],
  ['too', 'tu', 'tyoo', 'toe oo'],
  ['tree', 'sree', 'free', 'threee'],
  ['for', 'foar', 'foh', 'fore'],
  ['fife', 'faive', 'fiev', 'fyve'],
  ['seeks', 'sicks', 'siks', 'seex'],
  ['sehven', 'zeven', 'sevenn', 'seffen'],
  ['ate', 'ayt', 'eyt', 'eit'],
  ['nayn', 'nyne', 'nain', 'nahyn'],
];
/** English digits in the spelling of another language, for its voice to read: an accent. */
const accented: Record<string, string[]> = {
  de: ['siero', 'uann', 'tuh', 'ssrie', 'foor', 'feif', 'ssicks', 'ssewen', 'eht', 'nein'],
  fr: ['ziro', 'ouane', 'tou', 'srii', 'fore', 'faïve', 'sixe', 'sévène', 'éite', 'naïne'],
  el: ['ζίρο', 'ουάν', 'του', 'θρι', 'φορ', 'φάιβ', 'σιξ', 'σέβεν', 'έιτ', 'νάιν'],
  es: ['siro', 'uan', 'tu', 'zri', 'for', 'faiv', 'six', 'seven', 'eit', 'nain'],
  it: ['ziro', 'uan', 'tu', 'tri', 'for', 'faiv', 'six', 'seven', 'eit', 'nain'],
  nl: ['ziero', 'wan', 'toe', 'srie', 'foor', 'faif', 'siks', 'sevven', 'eet', 'nain'],
  pl: ['ziroł', 'łan', 'tu', 'sri', 'for', 'fajw', 'siks', 'sewen', 'ejt', 'najn'],
  hi: ['ज़ीरो', 'वन', 'टू', 'थ्री', 'फ़ोर', 'फ़ाइव', 'सिक्स', 'सेवन', 'एट', 'नाइन'],
};
const accents = [
  'en-us',
  'en-gb',
  'en-gb-scotland',
  'en-gb-x-rp',
  'en-gb-x-gbclan',
  'en-gb-x-gbcwmd',
  'en-us-nyc',
];
/** Variants of espeak-ng that sound like a person; the robots and whispers are left out. */
const variants = (
  'adam Alex Alicia Andrea Andy anika Annie antonio aunty belinda benjamin boris caleb david Denis Diogo ed edward ' +
  'f1 f2 f3 f4 f5 Gene grandma grandpa gustave Henrique Hugo iven iven2 Jacky john Lee linda m1 m2 m3 m4 m5 m6 m7 ' +
  'm8 marcelo Marco Mario max Michael michel miguel Mike norbert pablo paul pedro quincy rob robert sandro shelby ' +
  'steph steph2 travis victor zac klatt klatt2 klatt3 klatt4'
).split(' ');

const random = seededRandom(1);
/** Samples a second, as the recordings have. */
const rate = 8000;

mkdirSync(values.out, { recursive: true });
const rows = ['file\tdigit\tspeaker'];
/** How a digit is said: plainly, roughly, or by a voice of another language. */
function utterance(digit: number): { language: string; word: string } {
  const draw = random();
  if (draw < 0.5) return { language: choice(accents, random), word: english[digit] };
  if (draw < 0.65) return { language: choice(accents, random), word: choice(approximate[digit], random) };
  const language = choice(Object.keys(accented), random);
  return { language, word: accented[language][digit] };
}

for (let n = 0; n < Number(values.count); n++) {
  const digit = n % english.length;
  const { language, word } = utterance(digit);
  const voice = `${language}+${choice(variants, random)}`;
  const pitch = Math.round(15 + 65 * random());
  const speed = Math.round(100 + 110 * random());
  const file = `${n}.wav`;
  execFileSync('espeak-ng', [
    ...['-v', voice, '-p', String(pitch), '-s', String(speed)],
    ...['-w', join(values.out, file), word],
  ]);
  const { samples, sampleRate } = parseWav(readFileSync(join(values.out, file)));
  writeFileSync(
    join(values.out, file),
    writeWav({ samples: resample(samples, sampleRate, rate), sampleRate: rate }),
  );
  rows.push(`${file}\t${digit}\t${voice}`);
}
writeFileSync(join(values.out, 'audio.tsv'), rows.join('\n') + '\n');
console.log(`${values.count} recordings in ${values.out}`);
