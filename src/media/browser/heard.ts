/** Whether there is anything to hear: an empty or silent recording is refused before it reaches an encoder. */
import { UserError } from '../../math/errors';

/** Below this the loudest moment is silence: −60 dB of full scale. */
const silentPeak = 1e-3;
const shortestSeconds = 0.05;
const frameSeconds = 0.02;

/** Root mean square of `samples[from, to)`. */
export function rms(samples: Float32Array, from = 0, to = samples.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += samples[i] * samples[i];
  return to > from ? Math.sqrt(sum / (to - from)) : 0;
}

/** Where a level meter stands, 0..1, for a root mean square: −60 dB to 0 dB of full scale. */
export const meterOf = (level: number): number =>
  Math.min(1, Math.max(0, 1 + Math.log10(Math.max(level, 1e-9)) / 3));

/**
 * Refuses what holds no sound.
 * @param samples −1..1
 * @param what how the sound is named in the sentence: "The recording", "voice.wav"
 * @throws UserError where it is empty, silent, or a steady hiss so faint that nobody spoke
 */
export function requireSound(samples: Float32Array, sampleRate: number, what: string): void {
  if (samples.length < shortestSeconds * sampleRate)
    throw new UserError(`${what} is empty: hold on a little longer, or choose another file.`);
  let peak = 0;
  for (const x of samples) peak = Math.max(peak, Math.abs(x));
  if (peak < silentPeak)
    throw new UserError(`${what} is silent: check that the microphone is on, or choose another file.`);
  const frame = Math.max(1, Math.round(frameSeconds * sampleRate));
  const levels: number[] = [];
  for (let at = 0; at + frame <= samples.length; at += frame) levels.push(rms(samples, at, at + frame));
  if (levels.length < 2) return;
  levels.sort((a, b) => a - b);
  const loudest = levels[levels.length - 1];
  const floor = levels[Math.floor(levels.length / 10)];
  if (loudest < 0.01 && loudest < 2 * floor)
    throw new UserError(
      `${what} holds only faint noise: speak closer to the microphone, or choose another file.`,
    );
}
