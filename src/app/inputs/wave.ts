/** Pictures of sound as numbers: the outline of a waveform, the grey of a log-mel spectrogram. */

/** Smallest and largest sample of each of `columns` equal stretches: [lo, hi, lo, hi, …]. */
export function outline(samples: Float32Array, columns: number): Float32Array {
  const out = new Float32Array(2 * columns);
  for (let c = 0; c < columns; c++) {
    const from = Math.floor((c * samples.length) / columns);
    const to = Math.max(from + 1, Math.floor(((c + 1) * samples.length) / columns));
    let [lo, hi] = [Infinity, -Infinity];
    for (let i = from; i < Math.min(to, samples.length); i++) {
      if (samples[i] < lo) lo = samples[i];
      if (samples[i] > hi) hi = samples[i];
    }
    out[2 * c] = lo === Infinity ? 0 : lo;
    out[2 * c + 1] = hi === -Infinity ? 0 : hi;
  }
  return out;
}

/** The outline as a closed path in a box of `columns` × 2, its middle at 1, scaled so that the loudest fills it. */
export function outlinePath(samples: Float32Array, columns: number): string {
  const edge = outline(samples, columns);
  const peak = edge.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-6);
  const y = (value: number) => (1 - Math.max(-1, Math.min(1, value / peak)) * 0.96).toFixed(3);
  let upper = '';
  let lower = '';
  for (let c = 0; c < columns; c++) {
    upper += `${c === 0 ? 'M' : 'L'}${c + 0.5} ${y(Math.max(edge[2 * c + 1], edge[2 * c] + 0.02 * peak))}`;
    lower = `L${c + 0.5} ${y(edge[2 * c])}${lower}`;
  }
  return `${upper}${lower}Z`;
}

/** 0..1 between the 5th and the 99.5th percentile: a few loud cells must not leave the rest black. */
export function greys(values: Float32Array): Float32Array {
  const sorted = values.slice().sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
  const [lo, hi] = [at(0.05), at(0.995)];
  const span = hi - lo || 1;
  return values.map((v) => Math.min(1, Math.max(0, (v - lo) / span)));
}
