/**
 * How long a recording is, from its header and its last bytes: a half-hour file is refused before it is decoded,
 * because decoding it would take gigabytes. Untrusted bytes: loops are bounded, nothing is allocated by their word.
 */
import { ascii, type FileKind } from './sniff';

/** The two ends of a file, and its size in bytes. They overlap where the file is short. */
export interface FileEnds {
  head: Uint8Array;
  tail: Uint8Array;
  size: number;
}

/** How much of each end `headerSeconds` wants to see. */
export const endBytes = 65536;

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function wavSeconds({ head, size }: FileEnds): number | null {
  const view = viewOf(head);
  let bytesPerSecond = 0;
  for (let at = 12; at + 8 <= head.length;) {
    const id = ascii(head, at, 4);
    const length = view.getUint32(at + 4, true);
    if (id === 'fmt ' && at + 20 <= head.length) bytesPerSecond = view.getUint32(at + 16, true);
    // A streamed file says 0 or 2³² − 1: what is there counts.
    if (id === 'data')
      return bytesPerSecond ? Math.min(length || Infinity, size - at - 8) / bytesPerSecond : null;
    at += 8 + length + (length & 1);
  }
  return null;
}

/** STREAMINFO is the first block: 20 bits of sample rate, 36 bits of samples (RFC 9639 §8.2). */
function flacSeconds({ head }: FileEnds): number | null {
  if (head.length < 26) return null;
  const rate = (head[18] << 12) | (head[19] << 4) | (head[20] >> 4);
  const samples = (head[21] & 15) * 2 ** 32 + viewOf(head).getUint32(22);
  return rate && samples ? samples / rate : null;
}

/** The granule position of the last page over the rate in the first (RFC 3533 §6; RFC 7845 §5.1: Opus is 48 kHz). */
function oggSeconds({ head, tail }: FileEnds): number | null {
  if (head.length < 48) return null;
  const start = 27 + head[26];
  const codec = ascii(head, start, 8);
  let rate = 0;
  if (codec === 'OpusHead') rate = 48000;
  else if (codec.slice(1, 7) === 'vorbis' && start + 16 <= head.length)
    rate = viewOf(head).getUint32(start + 12, true);
  else if (codec.slice(1, 5) === 'FLAC' && start + 30 <= head.length)
    rate = (head[start + 27] << 12) | (head[start + 28] << 4) | (head[start + 29] >> 4);
  if (!rate) return null;
  for (let at = tail.length - 14; at >= 0; at--)
    if (tail[at] === 0x4f && ascii(tail, at, 4) === 'OggS') {
      const view = viewOf(tail);
      return (view.getUint32(at + 10, true) * 2 ** 32 + view.getUint32(at + 6, true)) / rate;
    }
  return null;
}

/** `mvhd` in an MP4 file, wherever `moov` stands: time scale and duration (ISO/IEC 14496-12 §8.2.2). */
function mp4Seconds({ head, tail }: FileEnds): number | null {
  for (const bytes of [head, tail])
    for (let at = 4; at + 36 <= bytes.length; at++) {
      if (bytes[at] !== 0x6d || ascii(bytes, at, 4) !== 'mvhd') continue;
      const view = viewOf(bytes);
      const long = bytes[at + 4] === 1;
      const scale = view.getUint32(at + (long ? 24 : 16));
      const duration = long
        ? view.getUint32(at + 28) * 2 ** 32 + view.getUint32(at + 32)
        : view.getUint32(at + 20);
      return scale && duration ? duration / scale : null;
    }
  return null;
}

/** kbit/s of MPEG layer III by index: MPEG 1, then MPEG 2 and 2.5 (ISO/IEC 11172-3, 13818-3). */
const bitrates = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const sampleRates = [44100, 48000, 32000];

/** The count of frames in a Xing or VBRI header, else the size over the first frame's bitrate. */
function mp3Seconds({ head, size }: FileEnds): number | null {
  let at = 0;
  if (ascii(head, 0, 3) === 'ID3' && head.length >= 10)
    at = 10 + ((head[6] & 127) << 21) + ((head[7] & 127) << 14) + ((head[8] & 127) << 7) + (head[9] & 127);
  // The tag holds a picture larger than what is at hand: the rate of speech that most files have.
  if (at + 4 > head.length) return size > head.length ? (Math.max(0, size - at) * 8) / 128_000 : null;
  while (at + 4 <= head.length && !(head[at] === 0xff && (head[at + 1] & 0xe6) === 0xe2)) at++;
  if (at + 4 > head.length) return null;
  const version = (head[at + 1] >> 3) & 3;
  const mpeg1 = version === 3;
  const kbit = bitrates[mpeg1 ? 0 : 1][head[at + 2] >> 4] ?? 0;
  const rate = (sampleRates[(head[at + 2] >> 2) & 3] ?? 0) / (mpeg1 ? 1 : version === 2 ? 2 : 4);
  if (!rate || version === 1) return null;
  const mono = head[at + 3] >> 6 === 3;
  const xing = at + 4 + (mpeg1 ? (mono ? 17 : 32) : mono ? 9 : 17);
  const samples = mpeg1 ? 1152 : 576;
  const view = viewOf(head);
  if (xing + 12 <= head.length && ['Xing', 'Info'].includes(ascii(head, xing, 4)) && head[xing + 7] & 1)
    return (view.getUint32(xing + 8) * samples) / rate;
  if (at + 54 <= head.length && ascii(head, at + 36, 4) === 'VBRI')
    return (view.getUint32(at + 50) * samples) / rate;
  return kbit ? ((size - at) * 8) / (kbit * 1000) : null;
}

/**
 * Seconds of a recording, as its own header says, or null where it does not say.
 * @param kind what `sniff` made of it
 */
export function headerSeconds(kind: FileKind, ends: FileEnds): number | null {
  const by: Partial<Record<FileKind, (ends: FileEnds) => number | null>> = {
    wav: wavSeconds,
    flac: flacSeconds,
    ogg: oggSeconds,
    m4a: mp4Seconds,
    video: mp4Seconds,
    mp3: mp3Seconds,
  };
  const seconds = by[kind]?.(ends) ?? null;
  return seconds !== null && Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
