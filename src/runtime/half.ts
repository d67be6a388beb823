/** Half precision: IEEE 754 binary16 and bfloat16 to and from float32. */

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** One binary16 pattern as a number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The nearest binary16 pattern, ties to even; beyond 65,504 it is infinite. */
export function numberToHalf(value: number): number {
  single[0] = value;
  const bits = word[0];
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // subnormal in half: adding 0.5 leaves the rounded fraction in the low bits of the float32 sum
    single[0] = magnitude === 0 ? 0.5 : Math.abs(value) + 0.5;
    return sign | (word[0] - 0x3f000000);
  }
  const odd = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
}

let halves: Float32Array | undefined;

/** All binary16 patterns decoded once (256 kB): decoding a checkpoint is then one look-up a value. */
export function decodeHalf(bits: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 65536 }, (_, i) => halfToNumber(i));
  const table = halves;
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]];
  return out;
}

export const encodeHalf = (values: Float32Array): Uint16Array => Uint16Array.from(values, numberToHalf);

/** bfloat16 is the upper half of a float32. */
export function decodeBrain(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i] << 16;
  return new Float32Array(words.buffer);
}
