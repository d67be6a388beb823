/**
 * Variety that the training data lack: other hands, other voices, other microphones. Training only; every function
 * draws from the generator it is given, so that an example is a function of its seed.
 */
import { normal, type Random } from '../math/random';
import { addAtSnr, noise, type NoiseKind } from './degrade';
import { reveal, type Drawing } from './strokes';
import { stretch } from './tempo';

const between = (random: Random, low: number, high: number): number => low + (high - low) * random();
const limit = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));

/** Rotation, slant and unequal scale, a smooth warp, tremor, another rhythm, sometimes strokes in another order. */
export function varyDrawing(drawing: Drawing, random: Random): Drawing {
  const points = drawing.strokes.flat();
  const [cx, cy] = [mean(points, (p) => p.x), mean(points, (p) => p.y)];
  const size = Math.max(1e-9, ...points.map((p) => Math.max(Math.abs(p.x - cx), Math.abs(p.y - cy))));
  const angle = limit(normal(random) * 0.16, -0.45, 0.45);
  const slant = limit(normal(random) * 0.2, -0.55, 0.55);
  const aspect = Math.exp(limit(normal(random) * 0.16, -0.45, 0.45));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const warp = Array.from({ length: 2 }, () => ({
    size: Math.abs(normal(random)) * 0.05,
    wave: between(random, 1, 3),
    phase: between(random, 0, 2 * Math.PI),
  }));
  const tremor = random() < 0.4 ? Math.abs(normal(random)) * 0.025 : 0;
  const smoothing = random() < 0.3 ? random() : 0;
  const order = random() < 0.03 ? drawing.strokes.slice().reverse() : drawing.strokes;
  const rhythm = { size: between(random, -0.5, 0.5), phase: between(random, 0, 2 * Math.PI) };
  const pace = between(random, 0.6, 1.6);
  let now = 0;
  return {
    strokes: order.map((stroke) => {
      const steady = smoothing > 0 ? smooth(stroke, smoothing) : stroke;
      return steady.map((p, i) => {
        const [u, v] = [((p.x - cx) / size) * aspect, (p.y - cy) / size / aspect];
        const x = u * cos - v * sin - slant * v;
        const y = u * sin + v * cos;
        const step = i === 0 ? 100 : Math.max(0, p.t - steady[i - 1].t);
        now += step * pace * (1 + rhythm.size * Math.sin(now / 900 + rhythm.phase));
        return {
          x: x + warp[0].size * Math.sin(warp[0].wave * y + warp[0].phase) + tremor * normal(random),
          y: y + warp[1].size * Math.sin(warp[1].wave * x + warp[1].phase) + tremor * normal(random),
          t: now,
        };
      });
    }),
  };
}

const mean = <T>(items: T[], of: (item: T) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0) / Math.max(1, items.length);

/** Each inner point moved towards the mean of its neighbours. */
function smooth(stroke: Drawing['strokes'][number], strength: number): Drawing['strokes'][number] {
  return stroke.map((p, i) => {
    if (i === 0 || i === stroke.length - 1) return p;
    const [a, b] = [stroke[i - 1], stroke[i + 1]];
    const pull = 0.6 * strength;
    return { ...p, x: p.x + pull * ((a.x + b.x) / 2 - p.x), y: p.y + pull * ((a.y + b.y) / 2 - p.y) };
  });
}

/**
 * The whole, a middle part, or any part of `least`..1; how much is returned, for a target that is less sure of less.
 * The middle part comes more often than its share: below it little can be told, above it most can.
 */
export function revealSome(
  drawing: Drawing,
  least: number,
  random: Random,
): { drawing: Drawing; keep: number } {
  const draw = random();
  const keep = draw < 0.35 ? 1 : draw < 0.65 ? between(random, 0.5, 0.7) : between(random, least, 1);
  return { drawing: reveal(drawing, keep), keep };
}

export interface RawSpeech {
  samples: Float32Array;
  /** Where the pitch was moved this is no longer the recorder's rate: the same samples, played faster or slower. */
  sampleRate: number;
}

/**
 * Another voice and another room: pitch and formants moved together by up to 40 %, the tempo by up to 40 %, ends
 * clipped, echo. To be followed by `prepareSpeech`.
 */
export function varySpeech({ samples, sampleRate }: RawSpeech, random: Random): RawSpeech {
  let out = samples;
  if (random() < 0.35) {
    const [start, end] = [0.12 * random() * random(), 0.12 * random() * random()];
    out = out.subarray(Math.floor(start * out.length), Math.ceil((1 - end) * out.length));
  }
  const pitch = Math.exp(limit(0.19 * normal(random), -0.4, 0.4));
  const tempo = Math.exp(limit(0.2 * normal(random), -0.45, 0.45));
  out = stretch(out, sampleRate, pitch * tempo);
  if (random() < 0.35) out = echo(out, sampleRate, random);
  if (random() < 0.15) out = overdrive(out, random);
  return { samples: out, sampleRate: sampleRate * pitch };
}

/** A room: exponentially decaying noise after the direct sound (Moorer 1979). */
function echo(samples: Float32Array, sampleRate: number, random: Random): Float32Array {
  const decay = between(random, 0.015, 0.09);
  const strength = between(random, 0.05, 0.4);
  // Echoes at random times are as good as echoes at every sample, and a tenth of the work.
  const taps = Array.from({ length: 60 }, () => {
    const delay = between(random, 0.001, 2.5 * decay);
    return {
      at: Math.round(delay * sampleRate),
      gain: strength * normal(random) * Math.exp(-delay / decay) * Math.sqrt(decay * 10),
    };
  });
  const out = new Float32Array(samples.length + Math.round(decay * sampleRate));
  out.set(samples);
  for (const { at, gain } of taps)
    for (let i = Math.min(samples.length, out.length - at) - 1; i >= 0; i--) out[i + at] += gain * samples[i];
  return out;
}

/** A recorder set too high: peaks flattened. */
function overdrive(samples: Float32Array, random: Random): Float32Array {
  let peak = 1e-9;
  for (const s of samples) peak = Math.max(peak, Math.abs(s));
  const ceiling = peak * between(random, 0.25, 0.8);
  return samples.map((s) => limit(s, -ceiling, ceiling));
}

/**
 * Noise at a random ratio between −2 and 40 dB, most often audible; of several kinds, or other people's speech.
 * @param speech prepared, 16 kHz
 * @param other other prepared speech, for babble
 */
export function addRandomNoise(speech: Float32Array, other: Float32Array[], random: Random): Float32Array {
  if (random() < 0.3) return speech;
  const snrDb = between(random, -2, random() < 0.7 ? 22 : 40);
  const draw = random();
  if (draw < 0.15 && other.length > 0) return addAtSnr(speech, babble(speech.length, other, random), snrDb);
  const kind: NoiseKind = draw < 0.35 ? 'white' : draw < 0.55 ? 'pink' : 'room';
  return addAtSnr(speech, noise(speech.length, kind, random), snrDb);
}

/** Several voices at once, each from a random place, round and round. */
function babble(length: number, other: Float32Array[], random: Random): Float32Array {
  const out = new Float32Array(length);
  for (const voice of other) {
    const start = Math.floor(random() * voice.length);
    for (let i = 0; i < length; i++) out[i] += voice[(start + i) % voice.length];
  }
  return out;
}

export interface LogMelShape {
  frames: number;
  bins: number;
  /** Frames that hold sound; the rest is padding and stays as it is. */
  used: number;
}

/**
 * Another microphone and another throat, in place on normalised log-mel values [frames, bins]: a warped frequency
 * axis (vocal tract length perturbation, Jaitly & Hinton 2013), a smooth equalisation, a telephone's band, and
 * masks over time and frequency (SpecAugment, Park et al. 2019) at the mean.
 * @param perDecibel how much one dB is in normalised units
 */
export function varyLogMel(
  values: Float32Array,
  { frames, bins, used }: LogMelShape,
  perDecibel: number,
  random: Random,
): void {
  if (random() < 0.7) warpFrequency(values, used, bins, limit(0.09 * normal(random), -0.18, 0.18));
  if (random() < 0.6) addToBins(values, used, bins, equaliser(bins, 5 * perDecibel, random));
  if (random() < 0.1) {
    const [low, high] = [Math.floor(between(random, 2, 7)), Math.floor(between(random, 0.62, 0.74) * bins)];
    const edge = -18 * perDecibel;
    addToBins(values, used, bins, (b) => (b < low ? ((low - b) * edge) / low : b > high ? edge : 0));
  }
  const masks = random() < 0.7 ? 1 + Math.floor(2 * random()) : 0;
  for (let m = 0; m < masks; m++) {
    const height = Math.floor(between(random, 1, 9));
    const low = Math.floor(random() * (bins - height));
    for (let t = 0; t < used; t++) values.fill(0, t * bins + low, t * bins + low + height);
    const width = Math.floor(random() * Math.min(12, 0.2 * used));
    const start = Math.floor(random() * Math.max(1, used - width));
    values.fill(0, start * bins, Math.min(frames, start + width) * bins);
  }
}

/** Bin b takes what was at b(1 + amount), read between bins. */
function warpFrequency(values: Float32Array, used: number, bins: number, amount: number): void {
  const row = new Float32Array(bins);
  for (let t = 0; t < used; t++) {
    row.set(values.subarray(t * bins, (t + 1) * bins));
    for (let b = 0; b < bins; b++) {
      const at = Math.min(bins - 1.001, b * (1 + amount));
      const k = Math.floor(at);
      values[t * bins + b] = row[k] + (at - k) * (row[k + 1] - row[k]);
    }
  }
}

/** Gains at a few frequencies, joined by lines. */
function equaliser(bins: number, size: number, random: Random): (bin: number) => number {
  const knots = Float32Array.from({ length: 6 }, () => size * normal(random));
  return (bin) => {
    const at = (bin / bins) * (knots.length - 1);
    const k = Math.floor(at);
    return knots[k] + (at - k) * (knots[k + 1] - knots[k]);
  };
}

function addToBins(values: Float32Array, used: number, bins: number, gain: (bin: number) => number): void {
  const gains = Float32Array.from({ length: bins }, (_, b) => gain(b));
  for (let t = 0; t < used; t++) for (let b = 0; b < bins; b++) values[t * bins + b] += gains[b];
}
