/**
 * How inputs are made worse, on purpose and by seed: in training, in the conditions of an evaluation, and by the
 * controls of the page.
 */
import { normal, seededRandom, type Random } from '../math/random';
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

/** Samples that stay however much is cut: two windows of the log-mel front end. */
const shortest = 800;

/** Consecutive points share most of their error: a tremor, not a scatter. */
const tremorMemory = 0.6;

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
  const fresh = Math.sqrt(1 - tremorMemory * tremorMemory);
  let [ex, ey] = [normal(random), normal(random)];
  return {
    strokes: drawing.strokes.map((stroke) =>
      stroke.map(({ x, y, t }) => {
        ex = tremorMemory * ex + fresh * normal(random);
        ey = tremorMemory * ey + fresh * normal(random);
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
