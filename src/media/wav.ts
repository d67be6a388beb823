/** WAV: RIFF with integer PCM of 8, 16, 24 or 32 bits, or 32- or 64-bit floats. Untrusted bytes: sizes are checked. */
import { UserError } from '../math/errors';

export interface Sound {
  /** One channel: the mean of the file's. −1..1. */
  samples: Float32Array;
  sampleRate: number;
}

interface Format {
  float: boolean;
  channels: number;
  sampleRate: number;
  bits: number;
}

const formatPcm = 1;
const formatFloat = 3;
const formatExtensible = 0xfffe;

const fail = (what: string): never => {
  throw new UserError(`This is not a WAV file that can be read (${what}): choose another file.`);
};

function readFormat(view: DataView, at: number, size: number): Format {
  if (size < 16) fail('its format is cut off');
  let tag = view.getUint16(at, true);
  if (tag === formatExtensible) {
    if (size < 26) fail('its format is cut off');
    tag = view.getUint16(at + 24, true);
  }
  const format: Format = {
    float: tag === formatFloat,
    channels: view.getUint16(at + 2, true),
    sampleRate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
  if (tag !== formatPcm && tag !== formatFloat) fail('its samples are compressed');
  if (!(format.float ? [32, 64] : [8, 16, 24, 32]).includes(format.bits)) fail(`${format.bits}-bit samples`);
  if (format.channels < 1 || format.channels > 64) fail(`${format.channels} channels`);
  if (format.sampleRate < 1000 || format.sampleRate > 768000) fail(`${format.sampleRate} samples a second`);
  return format;
}

/** The reader of one sample of a format, −1..1. */
function sampleReader(view: DataView, { float, bits }: Format): (at: number) => number {
  if (float) return bits === 32 ? (at) => view.getFloat32(at, true) : (at) => view.getFloat64(at, true);
  if (bits === 8) return (at) => (view.getUint8(at) - 128) / 128;
  if (bits === 16) return (at) => view.getInt16(at, true) / 32768;
  if (bits === 24) return (at) => (view.getInt8(at + 2) * 65536 + view.getUint16(at, true)) / 8388608;
  return (at) => view.getInt32(at, true) / 2147483648;
}

/** Whether bytes begin as a RIFF WAV file does. */
export function isWav(bytes: Uint8Array): boolean {
  const word = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  return word(0) === 'RIFF' && word(8) === 'WAVE';
}

/**
 * A WAV file as one channel. A data chunk that claims more than the file holds (a recording that was cut off, or
 * streamed with an unknown size) is read as far as it goes.
 * @throws UserError where the bytes are not such a file, or hold no samples or samples that are not numbers
 */
export function parseWav(bytes: Uint8Array): Sound {
  if (!isWav(bytes)) fail('its header is missing');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: Format | null = null;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    const available = Math.min(size, bytes.length - body);
    if (id === 'fmt ') format = readFormat(view, body, available);
    if (id === 'data') {
      if (!format) return fail('its format is missing');
      return { samples: readSamples(view, body, available, format), sampleRate: format.sampleRate };
    }
    at = body + size + (size & 1);
  }
  return fail('it holds no sound');
}

function readSamples(view: DataView, at: number, size: number, format: Format): Float32Array {
  const bytesEach = format.bits / 8;
  const count = Math.floor(size / (bytesEach * format.channels));
  if (count === 0) fail('it holds no sound');
  const read = sampleReader(view, format);
  const samples = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let c = 0; c < format.channels; c++) sum += read(at + (i * format.channels + c) * bytesEach);
    samples[i] = sum / format.channels;
    if (!Number.isFinite(samples[i])) fail('it holds samples that are not numbers');
  }
  return samples;
}

/** One channel as a WAV file of 16-bit PCM; what is beyond −1..1 is clipped. */
export function writeWav({ samples, sampleRate }: Sound): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const word = (at: number, text: string) =>
    [...text].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  word(0, 'RIFF');
  view.setUint32(4, 36 + 2 * samples.length, true);
  word(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, formatPcm, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((s, i) =>
    view.setInt16(44 + 2 * i, Math.round(32767 * Math.min(1, Math.max(-1, s))), true),
  );
  return new Uint8Array(view.buffer);
}
