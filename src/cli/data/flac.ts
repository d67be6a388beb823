/** FLAC for Node (browsers decode it themselves). Free Lossless Audio Codec, RFC 9639; section numbers are its. */
import { UserError } from '../../math/errors';
import type { Sound } from '../../media/wav';

const fail = (what: string): never => {
  throw new UserError(`This is not a FLAC file that can be read (${what}): fetch it again.`);
};

/** Bits from the most significant on. */
class BitReader {
  private at = 0;
  private bit = 0;
  constructor(
    private readonly bytes: Uint8Array,
    at: number,
  ) {
    this.at = at;
  }

  get ended(): boolean {
    return this.at >= this.bytes.length;
  }

  /** Unsigned, 0 to 32 bits. */
  bits(count: number): number {
    let value = 0;
    while (count > 0) {
      if (this.at >= this.bytes.length) fail('it ends too early');
      const take = Math.min(8 - this.bit, count);
      const part = (this.bytes[this.at] >> (8 - this.bit - take)) & ((1 << take) - 1);
      value = value * (1 << take) + part;
      count -= take;
      this.bit += take;
      if (this.bit === 8) {
        this.bit = 0;
        this.at++;
      }
    }
    return value;
  }

  signed(count: number): number {
    const value = this.bits(count);
    return count > 0 && value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** Zeros before the next one. */
  unary(): number {
    let count = 0;
    while (this.bits(1) === 0) count++;
    return count;
  }

  align(): void {
    if (this.bit > 0) {
      this.bit = 0;
      this.at++;
    }
  }
}

interface StreamInfo {
  sampleRate: number;
  channels: number;
  bits: number;
  total: number;
  /** Where the first frame begins. */
  frames: number;
}

/** §8.1, §8.2. */
function readStreamInfo(bytes: Uint8Array): StreamInfo {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== 'fLaC') fail('its header is missing');
  let at = 4;
  let info: Omit<StreamInfo, 'frames'> | null = null;
  for (let last = false; !last;) {
    if (at + 4 > bytes.length) fail('it ends too early');
    last = bytes[at] >= 128;
    const kind = bytes[at] & 127;
    const size = (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    if (kind === 0) {
      const r = new BitReader(bytes, at + 4 + 10);
      const [sampleRate, channels, bits] = [r.bits(20), r.bits(3) + 1, r.bits(5) + 1];
      info = { sampleRate, channels, bits, total: r.bits(4) * 2 ** 32 + r.bits(32) };
    }
    at += 4 + size;
  }
  if (!info) return fail('its stream information is missing');
  if (info.total > 64 * bytes.length * 8 || info.total === 0) fail('its length is not plausible');
  return { ...info, frames: at };
}

/** §9.2.5: residuals after a predictor of `order`, in partitions of Rice codes. */
function readResiduals(r: BitReader, block: number, order: number, out: Int32Array): void {
  const method = r.bits(2);
  if (method > 1) fail('an unknown coding of residuals');
  const width = method === 0 ? 4 : 5;
  const partitions = 2 ** r.bits(4);
  let at = order;
  for (let p = 0; p < partitions; p++) {
    const count = block / partitions - (p === 0 ? order : 0);
    const parameter = r.bits(width);
    if (parameter === 2 ** width - 1) {
      const bits = r.bits(5);
      for (let i = 0; i < count; i++) out[at++] = r.signed(bits);
    } else
      for (let i = 0; i < count; i++) {
        const folded = r.unary() * 2 ** parameter + r.bits(parameter);
        out[at++] = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
      }
  }
}

/** §9.2.5, table of fixed predictors. */
const fixedCoefficients = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

/** §9.2: one channel of a frame. */
function readSubframe(r: BitReader, block: number, sampleBits: number): Int32Array {
  const out = new Int32Array(block);
  r.bits(1);
  const kind = r.bits(6);
  const wasted = r.bits(1) === 1 ? r.unary() + 1 : 0;
  const bits = sampleBits - wasted;
  if (kind === 0) out.fill(r.signed(bits));
  else if (kind === 1) for (let i = 0; i < block; i++) out[i] = r.signed(bits);
  else {
    const linear = kind >= 32;
    const order = linear ? kind - 31 : kind - 8;
    if (!linear && (order < 0 || order > 4)) fail('an unknown kind of subframe');
    if (order > block) fail('a predictor longer than its block');
    for (let i = 0; i < order; i++) out[i] = r.signed(bits);
    let coefficients = fixedCoefficients[order] ?? [];
    let shift = 0;
    if (linear) {
      const precision = r.bits(4) + 1;
      shift = r.signed(5);
      coefficients = Array.from({ length: order }, () => r.signed(precision));
    }
    readResiduals(r, block, order, out);
    for (let i = order; i < block; i++) {
      let prediction = 0;
      for (let j = 0; j < order; j++) prediction += coefficients[j] * out[i - 1 - j];
      out[i] += Math.floor(prediction / 2 ** shift);
    }
  }
  if (wasted > 0) for (let i = 0; i < block; i++) out[i] *= 2 ** wasted;
  return out;
}

/** §9.1.1: samples of a block by its code. */
function blockSize(r: BitReader, code: number): number {
  if (code === 1) return 192;
  if (code >= 2 && code <= 5) return 144 * 2 ** code;
  if (code === 6) return r.bits(8) + 1;
  if (code === 7) return r.bits(16) + 1;
  if (code >= 8) return 2 ** code;
  return fail('a block of no size');
}

/** §9.1: the header of a frame, then its channels, decorrelated (§4.2). */
function readFrame(r: BitReader, info: StreamInfo): Int32Array[] {
  if (r.bits(15) !== 0x7ffc) fail('a frame does not begin where it should');
  r.bits(1);
  const [sizeCode, rateCode, channelCode, bitsCode] = [r.bits(4), r.bits(4), r.bits(4), r.bits(3)];
  r.bits(1);
  for (let lead = r.bits(8), more = 0x40; lead >= 0xc0 && (lead & more) !== 0; more >>= 1) r.bits(8);
  const block = blockSize(r, sizeCode);
  if (rateCode === 12) r.bits(8);
  else if (rateCode === 13 || rateCode === 14) r.bits(16);
  r.bits(8);
  const bits = [info.bits, 8, 12, 0, 16, 20, 24, 32][bitsCode];
  if (bits === 0 || bits > 24) fail(`${bits}-bit samples`);
  const stereo = channelCode >= 8 && channelCode <= 10;
  const count = stereo ? 2 : channelCode + 1;
  if (count > 8) fail('an unknown arrangement of channels');
  const side = channelCode === 8 || channelCode === 10 ? 1 : channelCode === 9 ? 0 : -1;
  const channels = Array.from({ length: count }, (_, c) =>
    readSubframe(r, block, bits + (c === side ? 1 : 0)),
  );
  r.align();
  r.bits(16);
  if (!stereo) return channels;
  const [a, b] = channels;
  for (let i = 0; i < block; i++) {
    const [x, y] = [a[i], b[i]];
    if (channelCode === 8) b[i] = x - y;
    else if (channelCode === 9) a[i] = x + y;
    else {
      const middle = 2 * x + (y & 1);
      a[i] = (middle + y) >> 1;
      b[i] = (middle - y) >> 1;
    }
  }
  return channels;
}

/** A FLAC file as one channel, the mean of its own. @throws UserError where the bytes are not such a file */
export function parseFlac(bytes: Uint8Array): Sound {
  const info = readStreamInfo(bytes);
  const samples = new Float32Array(info.total);
  const reader = new BitReader(bytes, info.frames);
  let at = 0;
  while (at < info.total && !reader.ended) {
    const channels = readFrame(reader, info);
    const scale = 1 / (channels.length * 2 ** (info.bits - 1));
    for (let i = 0; i < channels[0].length && at < info.total; i++, at++) {
      let sum = 0;
      for (const channel of channels) sum += channel[i];
      samples[at] = sum * scale;
    }
  }
  if (at < info.total) fail('it ends too early');
  return { samples, sampleRate: info.sampleRate };
}
