/**
 * How inputs are made worse, on purpose and by seed: in training, in the conditions of an evaluation, and by the
 * controls of the page.
 */
import { normal, permutation, seededRandom, type Random } from '../math/random';
import { normaliseLevel, speechBand, speechRate } from './audio';
import { resample } from './resample';
import { reveal, type Drawing } from './strokes';

export interface DrawingDegradation {
  /** The first part of the drawing that stays, 0..1 of the pen's time. */
  keep?: number;
  /** 0..1: an unsteady hand; at 1 points are off by a deviation of a tenth of the drawing's longer side. */
  noise?: number;
  seed?: number;
}

export interface SpeechDegradation {
  /** Speech over noise, in dB, over the whole recording and below 4 kHz; absent for no noise. */
  snrDb?: number;
  /** 0..1: the part of the start that is lost. */
  cut?: number;
  seed?: number;
}

export interface TextDegradation {
  /** 0..1: the part of the words that is left out, here and there. */
  wordDrop?: number;
  /** 0..1: the part of the words that is lost at the end. */
  cut?: number;
  seed?: number;
}

export interface ImageDegradation {
  /** 0..1: the part of the area that is lost, at most 0.95; what stays has the picture's proportions. */
  crop?: number;
  /** 0..1: at 1 a Gaussian's deviation is a tenth of the shorter side. */
  blur?: number;
  /** 0..1: at 1 the noise on each value has a deviation of 128 of 255. */
  noise?: number;
  /** Left out: the middle of the picture stays. */
  seed?: number;
}

/** Samples that stay however much is cut: two windows of the log-mel front end. */
const shortest = 800;

/** Points a tenth of a second apart share so much of their error, however many lie between: a tremor, not a scatter. */
const tremorMemory = 0.6;
const tremorTime = 100;

export function degradeDrawing(
  drawing: Drawing,
  { keep = 1, noise = 0, seed = 0 }: DrawingDegradation,
): Drawing {
  return reveal(noise > 0 ? unsteady(drawing, noise, seededRandom(seed)) : drawing, keep);
}

function unsteady(drawing: Drawing, noise: number, random: Random): Drawing {
  const points = drawing.strokes.flat();
  const extent = (of: (p: { x: number; y: number }) => number) => {
    const values = points.map(of);
    return Math.max(...values) - Math.min(...values);
  };
  const size =
    0.1 *
    noise *
    Math.max(
      extent((p) => p.x),
      extent((p) => p.y),
    );
  let [ex, ey, before] = [normal(random), normal(random), points[0]?.t ?? 0];
  return {
    strokes: drawing.strokes.map((stroke) =>
      stroke.map(({ x, y, t }) => {
        const memory = tremorMemory ** (Math.max(0, t - before) / tremorTime);
        const fresh = Math.sqrt(1 - memory * memory);
        before = t;
        ex = memory * ex + fresh * normal(random);
        ey = memory * ey + fresh * normal(random);
        return { x: x + size * ex, y: y + size * ey, t };
      }),
    ),
  };
}

export type NoiseKind = 'white' | 'pink' | 'room';

/**
 * Noise below 4 kHz at 16 kHz, of no particular level. `room`, the noise of the conditions and of the page: pink
 * and white in equal power, swelling and fading a few times a second as talk and traffic do.
 */
export function noise(length: number, kind: NoiseKind, random: Random): Float32Array {
  const half = Math.ceil(length / 2) + 1;
  const white = unitPower(Float32Array.from({ length: half }, () => normal(random)));
  const pink = kind === 'white' ? white : unitPower(pinkNoise(half, random));
  const swell = kind === 'room' ? slowSwell(half, speechRate / 2, random) : null;
  const mixed = white.map((w, i) =>
    kind === 'white' ? w : kind === 'pink' ? pink[i] : (w + pink[i]) * (swell as Float32Array)[i],
  );
  return resample(mixed, speechRate / 2, speechRate, speechBand).subarray(0, length);
}

/** Low-passed white noises, their corners a factor of four apart and of equal power: close to 1/f over the band. */
function pinkNoise(length: number, random: Random): Float32Array {
  const out = new Float32Array(length);
  for (const corner of [30, 120, 480, 1920]) {
    const a = Math.exp((-2 * Math.PI * corner) / (speechRate / 2));
    const gain = Math.sqrt(1 - a * a);
    let state = normal(random);
    for (let i = 0; i < length; i++) out[i] += state = a * state + gain * normal(random);
  }
  return out;
}

/** A gain about 1 that wanders: points drawn at 6 a second, joined by lines. */
function slowSwell(length: number, rate: number, random: Random): Float32Array {
  const step = rate / 6;
  const knots = Float32Array.from({ length: Math.ceil(length / step) + 2 }, () =>
    Math.exp(0.5 * normal(random)),
  );
  const shift = random();
  return Float32Array.from({ length }, (_, i) => {
    const at = i / step + shift;
    const k = Math.floor(at);
    return knots[k] + (at - k) * ((knots[k + 1] ?? knots[k]) - knots[k]);
  });
}

function unitPower(samples: Float32Array): Float32Array {
  let sum = 0;
  for (const s of samples) sum += s * s;
  const gain = Math.sqrt(samples.length / Math.max(1e-12, sum));
  return samples.map((s) => s * gain);
}

/** Speech with a disturbance added at a signal to noise ratio in dB, both over the whole recording. */
export function addAtSnr(speech: Float32Array, disturbance: Float32Array, snrDb: number): Float32Array {
  let [s, n] = [0, 0];
  for (let i = 0; i < speech.length; i++) {
    s += speech[i] * speech[i];
    n += disturbance[i] * disturbance[i];
  }
  const gain = Math.sqrt(s / Math.max(1e-12, n)) * 10 ** (-snrDb / 20);
  return speech.map((v, i) => v + gain * disturbance[i]);
}

/** Of prepared speech (16 kHz); the level is set again, as a recorder's automatic gain would. */
export function degradeSpeech(
  speech: Float32Array,
  { snrDb, cut = 0, seed = 0 }: SpeechDegradation,
): Float32Array {
  if (snrDb === undefined && cut <= 0) return speech;
  const kept = speech.subarray(
    Math.max(0, Math.min(speech.length - shortest, Math.round(cut * speech.length))),
  );
  if (snrDb === undefined) return normaliseLevel(kept);
  return normaliseLevel(addAtSnr(kept, noise(kept.length, 'room', seededRandom(seed)), snrDb));
}

/**
 * Words are what white space separates; the white space before a word stays and goes with it. One word stays at least.
 * By one seed, what a larger `wordDrop` keeps a smaller one keeps too.
 */
export function degradeText(text: string, { wordDrop = 0, cut = 0, seed = 0 }: TextDegradation): string {
  if (wordDrop <= 0 && cut <= 0) return text;
  const words = text.match(/\s*\S+/gu) ?? [];
  const kept = words.slice(0, Math.max(1, Math.round((1 - cut) * words.length)));
  const order = permutation(kept.length, seededRandom(seed, 'words'));
  const dropped = new Set(order.subarray(0, Math.min(kept.length - 1, Math.round(wordDrop * kept.length))));
  return kept
    .filter((_, w) => !dropped.has(w))
    .join('')
    .trimStart();
}

/** 8-bit values, rows from the top, 3 (RGB) or 4 (RGBA) values a pixel. */
interface Pixels {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

/** A part of a picture, its sides in the same proportion: the middle, or by the seed any place. */
export function cropPicture(picture: Pixels, { crop = 0, seed }: ImageDegradation): Pixels {
  if (crop <= 0) return picture;
  const scale = Math.sqrt(1 - Math.min(0.95, crop));
  const [width, height] = [picture.width, picture.height].map((side) =>
    Math.max(1, Math.round(scale * side)),
  );
  const random = seed === undefined ? () => 0.5 : seededRandom(seed, 'crop');
  const left = Math.floor(random() * (picture.width - width + 1));
  const top = Math.floor(random() * (picture.height - height + 1));
  const values = picture.data.length / (picture.width * picture.height);
  const data = new Uint8Array(width * height * values);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * values;
    data.set(picture.data.subarray(from, from + width * values), y * width * values);
  }
  return { data, width, height };
}

/** Blur, then noise, as from a lens and then from a sensor. */
export function softenPicture(picture: Pixels, { blur = 0, noise = 0, seed = 0 }: ImageDegradation): Pixels {
  const { width, height } = picture;
  const values = picture.data.length / (width * height);
  let data = Float32Array.from(picture.data);
  if (blur > 0) {
    const kernel = gaussian(0.1 * blur * Math.min(width, height));
    // along rows, then along columns; beyond the border its own pixels go on
    data = smoothLines(data, kernel, {
      lines: height,
      line: width * values,
      places: width,
      place: values,
      values,
    });
    data = smoothLines(data, kernel, {
      lines: width,
      line: values,
      places: height,
      place: width * values,
      values,
    });
  }
  if (noise > 0) {
    const random = seededRandom(seed, 'pixels');
    data = data.map((v, i) => (values === 4 && i % 4 === 3 ? v : v + 128 * noise * normal(random)));
  }
  return { data: Uint8ClampedArray.from(data), width, height };
}

/** Weights from −3 to +3 deviations, their sum 1. */
function gaussian(deviation: number): Float32Array {
  const reach = Math.ceil(3 * deviation);
  const raw = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - reach) / deviation) ** 2),
  );
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((w) => w / sum);
}

interface Lines {
  lines: number;
  /** Steps from one line to the next, and from one place on a line to the next. */
  line: number;
  places: number;
  place: number;
  values: number;
}

function smoothLines(
  data: Float32Array,
  kernel: Float32Array,
  { lines, line, places, place, values }: Lines,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(data.length);
  const reach = (kernel.length - 1) / 2;
  for (let l = 0; l < lines; l++)
    for (let p = 0; p < places; p++)
      for (let c = 0; c < values; c++) {
        let sum = 0;
        for (let k = 0; k < kernel.length; k++) {
          const at = Math.min(places - 1, Math.max(0, p + k - reach));
          sum += kernel[k] * data[l * line + at * place + c];
        }
        out[l * line + p * place + c] = sum;
      }
  return out;
}
