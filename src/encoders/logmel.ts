/**
 * The log-mel front end of the spectrogram transformer: Kaldi's filter bank as Hugging Face's ASTFeatureExtractor
 * has it. Frames of 25 ms every 10 ms, each with its mean removed, pre-emphasis of 0.97, a symmetric Hann window, the
 * power spectrum, triangles in Kaldi's mel scale, the natural logarithm.
 */
import FFT from 'fft.js';
import { UserError } from '../math/errors';
import { Fields } from './fields';
import { resample } from '../math/resample';

export interface LogMelConfig {
  mels: number;
  /** Frames of the result: longer recordings are cut, shorter ones padded. */
  frames: number;
  /** Samples a second that the filter bank works at; anything else is resampled. */
  rate: number;
  normalise: boolean;
  /** Features become (x − mean) / (2 deviation), as the AST paper normalises. */
  mean: number;
  deviation: number;
  /** What a missing frame holds, before it is normalised. */
  padding: number;
}

/** Reads an ASTFeatureExtractor's preprocessor_config.json. */
export function parseLogMelConfig(json: unknown, file = 'preprocessor_config.json'): LogMelConfig {
  const f = new Fields(json, file);
  f.choice('feature_extractor_type', 'ASTFeatureExtractor', ['ASTFeatureExtractor']);
  return {
    mels: f.count('num_mel_bins', 128, 512),
    frames: f.count('max_length', 1024, 65536),
    rate: f.count('sampling_rate', 16000, 192000, 1000),
    normalise: f.flag('do_normalize', true),
    mean: f.number('mean', -4.2677393, -1e6, 1e6),
    deviation: f.number('std', 4.5689974, 1e-9, 1e6),
    padding: f.number('padding_value', 0, -1e6, 1e6),
  };
}

export const writeLogMelConfig = (config: LogMelConfig): Record<string, unknown> => ({
  feature_extractor_type: 'ASTFeatureExtractor',
  feature_size: 1,
  num_mel_bins: config.mels,
  max_length: config.frames,
  sampling_rate: config.rate,
  do_normalize: config.normalise,
  mean: config.mean,
  std: config.deviation,
  padding_side: 'right',
  padding_value: config.padding,
  return_attention_mask: false,
});

const preEmphasis = 0.97;
const lowestHz = 20;
/** float32's machine epsilon: Kaldi's floor under the logarithm. */
const floor = 1.192092955078125e-7;

interface Bank {
  frame: number;
  hop: number;
  window: Float64Array;
  fft: FFT;
  spectrum: number[];
  buffer: Float64Array;
  power: Float64Array;
  /** Each triangle's first bin and its weights. */
  triangles: { first: number; weights: Float64Array }[];
}

const banks = new Map<string, Bank>();

function bankOf(mels: number, rate: number): Bank {
  const key = `${mels} ${rate}`;
  let bank = banks.get(key);
  if (!bank) {
    bank = makeBank(mels, rate);
    banks.set(key, bank);
  }
  return bank;
}

/** Kaldi's mel scale: 1127 ln(1 + f / 700). */
const toMel = (hertz: number): number => 1127 * Math.log(1 + hertz / 700);

function makeBank(mels: number, rate: number): Bank {
  const frame = Math.floor(rate * 0.025);
  const size = 2 ** Math.ceil(Math.log2(frame));
  const bins = size / 2 + 1;
  const lowest = toMel(lowestHz);
  const step = (toMel(rate / 2) - lowest) / (mels + 1);
  const triangles = Array.from({ length: mels }, (_, m) => {
    const [left, centre, right] = [m, m + 1, m + 2].map((k) => lowest + k * step);
    const weight = (bin: number): number => {
      const mel = toMel((bin * rate) / size);
      return Math.max(0, Math.min((mel - left) / (centre - left), (right - mel) / (right - centre)));
    };
    let first = 0;
    while (first < bins - 1 && weight(first) === 0) first++;
    let end = first;
    while (end < bins && weight(end) > 0) end++;
    return { first, weights: Float64Array.from({ length: end - first }, (_, i) => weight(first + i)) };
  });
  const fft = new FFT(size);
  return {
    frame,
    hop: Math.floor(rate * 0.01),
    window: Float64Array.from(
      { length: frame },
      (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (frame - 1)),
    ),
    fft,
    spectrum: fft.createComplexArray(),
    buffer: new Float64Array(size),
    power: new Float64Array(bins),
    triangles,
  };
}

/** One frame into bank.power: DC removed, pre-emphasised, windowed, transformed. */
function powerSpectrum(wave: Float32Array, start: number, bank: Bank): void {
  const { frame, window, buffer, spectrum, power } = bank;
  let mean = 0;
  for (let i = 0; i < frame; i++) mean += wave[start + i];
  mean /= frame;
  let before = wave[start] - mean;
  for (let i = 0; i < frame; i++) {
    const sample = wave[start + i] - mean;
    buffer[i] = (sample - preEmphasis * before) * window[i];
    before = sample;
  }
  bank.fft.realTransform(spectrum, buffer);
  for (let bin = 0; bin < power.length; bin++)
    power[bin] = spectrum[2 * bin] ** 2 + spectrum[2 * bin + 1] ** 2;
}

/**
 * Log-mel features of a recording.
 * @param wave mono samples
 * @param rate their number a second; resampled if it is not the config's
 * @returns [frames × mels], row by row: an AST's input_values
 * @throws UserError if the recording is shorter than one frame of 25 ms
 */
export function logMel(wave: Float32Array, rate: number, config: LogMelConfig): Float32Array {
  const bank = bankOf(config.mels, config.rate);
  // what comes after the last frame is never looked at, so it need not be resampled either
  const needed = Math.ceil((((config.frames + 1) * bank.hop + bank.frame) * rate) / config.rate);
  const samples = resample(wave.length > needed ? wave.subarray(0, needed) : wave, rate, config.rate);
  if (samples.length < bank.frame)
    throw new UserError('The recording is shorter than 25 thousandths of a second; record a longer one.');
  const count = Math.min(config.frames, 1 + Math.floor((samples.length - bank.frame) / bank.hop));
  const { mels } = config;
  const features = new Float32Array(config.frames * mels).fill(config.padding, count * mels);
  for (let t = 0; t < count; t++) {
    powerSpectrum(samples, t * bank.hop, bank);
    for (let m = 0; m < mels; m++) {
      const { first, weights } = bank.triangles[m];
      let energy = 0;
      for (let i = 0; i < weights.length; i++) energy += weights[i] * bank.power[first + i];
      features[t * mels + m] = Math.log(Math.max(floor, energy));
    }
  }
  if (config.normalise)
    for (let i = 0; i < features.length; i++)
      features[i] = (features[i] - config.mean) / (2 * config.deviation);
  return features;
}
