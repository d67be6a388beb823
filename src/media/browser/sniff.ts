/**
 * What a file is, by its first bytes and never by its name: names lie (a video called voice.mp3, a HEIC called
 * photo.jpg). Untrusted bytes: every read is checked, and nothing is decoded.
 */

export type FileKind =
  | 'wav'
  | 'mp3'
  | 'ogg'
  | 'flac'
  | 'm4a'
  | 'aac'
  | 'video'
  | 'jpeg'
  | 'png'
  | 'gif'
  | 'webp'
  | 'avif'
  | 'heic'
  | 'svg'
  | 'pdf'
  | 'zip'
  | 'empty'
  | 'unknown';

/** How a kind is named to a person: "a video". */
export const kindWords: Record<FileKind, string> = {
  wav: 'a WAV recording',
  mp3: 'an MP3 recording',
  ogg: 'an OGG recording',
  flac: 'a FLAC recording',
  m4a: 'an M4A recording',
  aac: 'an AAC recording',
  video: 'a video',
  jpeg: 'a JPEG picture',
  png: 'a PNG picture',
  gif: 'a GIF picture',
  webp: 'a WebP picture',
  avif: 'an AVIF picture',
  heic: 'a HEIC picture',
  svg: 'an SVG drawing',
  pdf: 'a PDF document',
  zip: 'a ZIP archive or an office document',
  empty: 'an empty file',
  unknown: 'not a file of a kind that is known here',
};

export const isAudioKind = (kind: FileKind): boolean =>
  kind === 'wav' || kind === 'mp3' || kind === 'ogg' || kind === 'flac' || kind === 'm4a' || kind === 'aac';

export const isImageKind = (kind: FileKind): boolean =>
  kind === 'jpeg' ||
  kind === 'png' ||
  kind === 'gif' ||
  kind === 'webp' ||
  kind === 'avif' ||
  kind === 'heic';

/** How many bytes of the start of a file `sniff` wants to see. */
export const sniffBytes = 4096;

/** `length` bytes from `at` as Latin-1; shorter where the bytes end. */
export const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** Brands of ISO base media files (ISO/IEC 14496-12 §4.3) that hold pictures. */
const stillBrands = new Map<string, FileKind>([
  ['heic', 'heic'],
  ['heix', 'heic'],
  ['heim', 'heic'],
  ['heis', 'heic'],
  ['hevc', 'heic'],
  ['hevx', 'heic'],
  ['mif1', 'heic'],
  ['msf1', 'heic'],
  ['avif', 'avif'],
  ['avis', 'avif'],
]);
const audioBrands = ['M4A ', 'M4B ', 'M4P ', 'F4A '];

function isoMedia(bytes: Uint8Array): FileKind {
  const brand = ascii(bytes, 8, 4);
  if (audioBrands.includes(brand)) return 'm4a';
  const still = stillBrands.get(brand);
  if (still) {
    const size = Math.min(bytes.length, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0), 256);
    for (let at = 16; at + 4 <= size; at += 4) if (ascii(bytes, at, 4) === 'avif') return 'avif';
    return still;
  }
  return 'video';
}

/** Ogg carries video too: Theora's first page says so (Theora specification §6.2). */
const ogg = (bytes: Uint8Array): FileKind => (ascii(bytes, 29, 6) === 'theora' ? 'video' : 'ogg');

/**
 * A header of layer II or III that could be true: version, bitrate and sample rate that exist
 * (ISO/IEC 11172-3 §2.4.2.3). AAC in ADTS shares the sync word and has layer 0.
 */
function mpegAudio(bytes: Uint8Array): FileKind {
  if (bytes.length < 4 || bytes[0] !== 0xff || (bytes[1] & 0xe0) !== 0xe0) return 'unknown';
  const layer = (bytes[1] >> 1) & 3;
  if (layer === 0) return (bytes[1] & 0xf0) === 0xf0 ? 'aac' : 'unknown';
  // Layer I is as good as extinct, and its sync word is the byte order mark of UTF-16 text.
  if (layer === 3) return 'unknown';
  const version = (bytes[1] >> 3) & 3;
  const real = version !== 1 && bytes[2] >> 4 !== 15 && ((bytes[2] >> 2) & 3) !== 3;
  return real ? 'mp3' : 'unknown';
}

/** XML whose root is an svg element, after a byte order mark, a prologue and comments. */
const isSvg = (bytes: Uint8Array): boolean =>
  /^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*)*(<!DOCTYPE\s+svg[^>]*>\s*)?(<!--[^]*?-->\s*)*<svg[\s>]/i.test(
    ascii(bytes, 0, 2048),
  );

/**
 * The kind of a file.
 * @param bytes its first bytes, `sniffBytes` or all there are
 */
export function sniff(bytes: Uint8Array): FileKind {
  if (bytes.length === 0) return 'empty';
  const four = ascii(bytes, 0, 4);
  const riff = ascii(bytes, 8, 4);
  if (four === 'RIFF')
    return riff === 'WAVE' ? 'wav' : riff === 'WEBP' ? 'webp' : riff === 'AVI ' ? 'video' : 'unknown';
  if (four === 'fLaC') return 'flac';
  if (four === 'OggS') return ogg(bytes);
  if (ascii(bytes, 0, 3) === 'ID3') return 'mp3';
  if (ascii(bytes, 4, 4) === 'ftyp' && bytes.length >= 12) return isoMedia(bytes);
  if (['moov', 'mdat', 'wide', 'free'].includes(ascii(bytes, 4, 4))) return 'video';
  if (four === '\x1aE\xdf\xa3') return 'video';
  if (four === '\x00\x00\x01\xba' || four === '\x00\x00\x01\xb3' || ascii(bytes, 0, 3) === 'FLV')
    return 'video';
  if (four === '\x30\x26\xb2\x75') return 'video';
  if (four === '\x89PNG') return 'png';
  if (ascii(bytes, 0, 3) === '\xff\xd8\xff') return 'jpeg';
  if (four === 'GIF8') return 'gif';
  if (four === '%PDF') return 'pdf';
  if (four === 'PK\x03\x04') return 'zip';
  if (isSvg(bytes)) return 'svg';
  return mpegAudio(bytes);
}
