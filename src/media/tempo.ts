/** Change of tempo with the pitch kept: WSOLA. Verhelst & Roelands 1993. */

/** Seconds: a window, and how far a window may move to fit the one before. */
const windowSeconds = 0.03;
const searchSeconds = 0.008;

/**
 * @param factor the length of the output over that of the input; 1 returns the input itself
 */
export function stretch(samples: Float32Array, sampleRate: number, factor: number): Float32Array {
  if (factor === 1) return samples;
  const hop = Math.max(1, Math.round((windowSeconds / 2) * sampleRate));
  const width = 2 * hop;
  const search = Math.round(searchSeconds * sampleRate);
  const length = Math.max(1, Math.round(samples.length * factor));
  if (samples.length < width + 2 * search) return samples;
  const out = new Float32Array(length + width);
  const fade = Float32Array.from(
    { length: width },
    (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / hop),
  );
  const last = samples.length - width;
  let source = 0;
  for (let at = 0; at < length; at += hop) {
    if (at > 0) {
      // The best continuation of the last window is the input that follows it; look for what is most like that.
      const natural = Math.min(source + hop, last);
      const wanted = Math.round(at / factor);
      source = mostAlike(
        samples,
        natural,
        Math.max(0, wanted - search),
        Math.min(last, wanted + search),
        width,
      );
    }
    for (let i = 0; i < width; i++) out[at + i] += samples[source + i] * (at === 0 && i < hop ? 1 : fade[i]);
  }
  return out.slice(0, length);
}

/** The start in from..to whose window correlates most with the window at `target`. */
function mostAlike(samples: Float32Array, target: number, from: number, to: number, width: number): number {
  let best = Math.min(Math.max(from, 0), samples.length - width);
  let bestScore = -Infinity;
  for (let start = best; start <= to; start++) {
    let product = 0;
    let energy = 1e-9;
    // Every second sample: half the work, the same place.
    for (let i = 0; i < width; i += 2) {
      product += samples[target + i] * samples[start + i];
      energy += samples[start + i] * samples[start + i];
    }
    const score = product / Math.sqrt(energy);
    if (score > bestScore) [bestScore, best] = [score, start];
  }
  return best;
}
