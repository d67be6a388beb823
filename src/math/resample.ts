/** Band-limited resampling by a windowed sinc. Smith & Gossett 1984: a table of the kernel, read between its entries. */

/** Zero crossings of the kernel on each side, and table entries from one to the next. */
const crossings = 12;
const resolution = 256;

/** sinc(u) under a Hann window of half-width `crossings`, at u = i / resolution. */
const kernel = Float64Array.from({ length: crossings * resolution + 2 }, (_, i) => {
  const u = i / resolution;
  if (u >= crossings) return 0;
  const sinc = u === 0 ? 1 : Math.sin(Math.PI * u) / (Math.PI * u);
  return sinc * (0.5 + 0.5 * Math.cos((Math.PI * u) / crossings));
});

/**
 * @param from samples a second of the input
 * @param to samples a second of the output
 * @param bandLimit Hz; what is above is taken out (6 dB down there), as is what either rate cannot hold
 * @returns samples.length · to / from samples, rounded
 */
export function resample(
  samples: Float32Array,
  from: number,
  to: number,
  bandLimit = Infinity,
): Float32Array {
  const out = new Float32Array(Math.round((samples.length * to) / from));
  // Cycles per input sample; the kernel's zero crossings are 1 / (2 cutoff) input samples apart.
  const cutoff = Math.min(0.5, (0.5 * to) / from, bandLimit / from);
  const spread = 2 * cutoff;
  const reach = crossings / spread;
  const last = samples.length - 1;
  for (let i = 0; i < out.length; i++) {
    const centre = (i * from) / to;
    const first = Math.max(0, Math.ceil(centre - reach));
    const end = Math.min(last, Math.floor(centre + reach));
    let sum = 0;
    for (let j = first; j <= end; j++) {
      const u = Math.abs(j - centre) * spread * resolution;
      const entry = u | 0;
      sum += samples[j] * (kernel[entry] + (u - entry) * (kernel[entry + 1] - kernel[entry]));
    }
    out[i] = sum * spread;
  }
  return out;
}
