/**
 * From a recording to what the audio encoder hears: silence trimmed, 16 kHz with nothing above 4 kHz (the training
 * recordings of digits have 8 kHz), one level, at most what the encoder takes: 0.96 s for digits. The page, training and evaluation use this code.
 */
import { UserError } from '../math/errors';
import { normal, seededRandom } from '../math/random';
import { resample } from './resample';
import { stretch } from './tempo';

export const speechRate = 16000;
/** Hz. */
export const speechBand = 4000;
/** What the encoder's 96 log-mel frames hold. */
export const speechSeconds = 0.96;
/** Slower speech is sped up to fit, by at most this factor; what is longer still loses its quieter end. */
const mostSpeedUp = 1.5;
/** Root mean square of a prepared recording. */
const level = 0.1;
/** Of the level: white noise, always the same, so that silence and the empty band look alike from every source. */
const floorLevel = 10 ** (-50 / 20);
/** Below this peak, −60 dB of full scale, a recording is silent. */
const silentPeak = 1e-3;

const frameSeconds = 0.02;
const hopSeconds = 0.01;
/**
 * A pause up to this long is inside a word: the closure before the t of "eight". Where longer speech is asked for,
 * pauses within it may be longer in proportion.
 */
const pauseSeconds = 0.3;
const marginSeconds = 0.03;

export interface PreparedSpeech {
  /** At `speechRate`, root mean square 0.1. */
  samples: Float32Array;
  /** Seconds of the recording: what was kept. */
  trim: [start: number, end: number];
  /** Length that was kept over the length now: 1, or more where slow speech was sped up. */
  speedUp: number;
}

/** dB of the mean square of each 20 ms frame, every 10 ms. */
function frameLevels(samples: Float32Array, sampleRate: number): Float32Array {
  const width = Math.max(1, Math.round(frameSeconds * sampleRate));
  const hop = Math.max(1, Math.round(hopSeconds * sampleRate));
  const count = Math.max(1, Math.floor((samples.length - width) / hop) + 1);
  return Float32Array.from({ length: count }, (_, f) => {
    let sum = 0;
    const end = Math.min(samples.length, f * hop + width);
    for (let i = f * hop; i < end; i++) sum += samples[i] * samples[i];
    return 10 * Math.log10(sum / width + 1e-12);
  });
}

/**
 * Where the speech is: frames well above the noise floor and not far below the peak, joined over short pauses;
 * of several stretches the one with the most energy.
 * @param seconds what the encoder takes
 * @returns [start, end) in samples
 */
export function findSpeech(
  samples: Float32Array,
  sampleRate: number,
  seconds = speechSeconds,
): [number, number] {
  const levels = frameLevels(samples, sampleRate);
  const sorted = levels.slice().sort();
  const peak = sorted[sorted.length - 1];
  const floor = sorted[Math.floor(0.1 * (sorted.length - 1))];
  // A short clip has been trimmed by someone: its quietest tenth may be the s of "six", and says nothing about noise.
  const threshold =
    samples.length > sampleRate ? Math.min(peak - 8, Math.max(peak - 40, floor + 9)) : peak - 42;
  const pause = (pauseSeconds / hopSeconds) * (seconds / speechSeconds);
  const stretches: { from: number; to: number; energy: number }[] = [];
  levels.forEach((db, f) => {
    if (db < threshold) return;
    const energy = 10 ** (db / 10);
    const last = stretches.at(-1);
    if (last && f - last.to <= pause) {
      last.to = f;
      last.energy += energy;
    } else stretches.push({ from: f, to: f, energy });
  });
  const speech = stretches.reduce((a, b) => (b.energy > a.energy ? b : a));
  const margin = marginSeconds * sampleRate;
  const start = speech.from * hopSeconds * sampleRate - margin;
  const end = (speech.to * hopSeconds + frameSeconds) * sampleRate + margin;
  return [Math.max(0, Math.round(start)), Math.min(samples.length, Math.round(end))];
}

/** The window of `width` samples with the most energy. */
function loudestWindow(samples: Float32Array, width: number): Float32Array {
  let sum = 0;
  for (let i = 0; i < width; i++) sum += samples[i] * samples[i];
  let [best, bestSum] = [0, sum];
  for (let i = width; i < samples.length; i++) {
    sum += samples[i] * samples[i] - samples[i - width] * samples[i - width];
    if (sum > bestSum) [best, bestSum] = [i - width + 1, sum];
  }
  return samples.subarray(best, best + width);
}

const rootMeanSquare = (samples: Float32Array): number => {
  let sum = 0;
  for (const s of samples) sum += s * s;
  return Math.sqrt(sum / Math.max(1, samples.length));
};

/** Scaled to a root mean square of 0.1; silence stays silence. */
export function normaliseLevel(samples: Float32Array): Float32Array {
  const gain = level / Math.max(1e-9, rootMeanSquare(samples));
  return samples.map((s) => s * gain);
}

let floorNoise = new Float32Array(0);
function addFloor(samples: Float32Array): Float32Array {
  if (floorNoise.length < samples.length) {
    const random = seededRandom(0);
    floorNoise = Float32Array.from({ length: samples.length }, () => level * floorLevel * normal(random));
  }
  return samples.map((s, i) => s + floorNoise[i]);
}

/**
 * @param samples one channel, any level
 * @param sampleRate of `samples`, 4,000 Hz or more
 * @param seconds the longest result: a hundredth of the frames of the encoder, which come every 10 ms
 * @throws UserError for a recording that is empty, silent, or has samples that are not numbers
 */
export function prepareSpeech(
  samples: Float32Array,
  sampleRate: number,
  seconds = speechSeconds,
): PreparedSpeech {
  if (samples.length < 0.05 * sampleRate)
    throw new UserError('The recording is empty: record or choose one with speech in it.');
  let peak = 0;
  for (const s of samples) {
    if (!Number.isFinite(s)) throw new UserError('The recording is damaged: choose another file.');
    peak = Math.max(peak, Math.abs(s));
  }
  if (peak < silentPeak)
    throw new UserError('The recording is silent: check the microphone, or choose another file.');
  const [start, end] = findSpeech(samples, sampleRate, seconds);
  let speech = samples.subarray(start, end);
  const longest = Math.round(mostSpeedUp * seconds * sampleRate);
  if (speech.length > longest) speech = loudestWindow(speech, longest);
  const speedUp = Math.max(1, speech.length / sampleRate / seconds);
  if (speedUp > 1) speech = stretch(speech, sampleRate, 1 / speedUp);
  const heard = resample(speech, sampleRate, speechRate, speechBand);
  return {
    samples: addFloor(normaliseLevel(heard.subarray(0, Math.round(seconds * speechRate)))),
    trim: [start / sampleRate, end / sampleRate],
    speedUp,
  };
}
