/**
 * Width and height of a picture by its header, so that a bomb (a small file that unpacks to gigabytes) is refused
 * before it is decoded. Untrusted bytes: every read is checked, the loop always moves on.
 */
import { ascii, type FileKind } from './sniff';

export interface PixelSize {
  width: number;
  height: number;
}

/** The frame header of a JPEG (ITU-T T.81 §B.2.2): the first SOF marker. */
function jpegSize(bytes: Uint8Array, view: DataView): PixelSize | null {
  for (let at = 2; at + 9 <= bytes.length;) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    const frame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (frame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += 2 + Math.max(2, view.getUint16(at + 2));
  }
  return null;
}

function webpSize(bytes: Uint8Array, view: DataView): PixelSize | null {
  const chunk = ascii(bytes, 12, 4);
  if (bytes.length < 30) return null;
  if (chunk === 'VP8X') {
    const three = (at: number) => (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)) + 1;
    return { width: three(24), height: three(27) };
  }
  if (chunk === 'VP8 ')
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  }
  return null;
}

/** `ispe`, the extent of an image item (ISO/IEC 23008-12 §6.5.3): of several, tiles and thumbnails, the largest. */
function avifSize(bytes: Uint8Array, view: DataView): PixelSize | null {
  let largest: PixelSize | null = null;
  for (let at = 4; at + 16 <= bytes.length; at++) {
    if (bytes[at] !== 0x69 || ascii(bytes, at, 4) !== 'ispe') continue;
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (!largest || size.width * size.height > largest.width * largest.height) largest = size;
  }
  return largest;
}

/** Passes over the blocks of a GIF (GIF89a §20–§24) until a second picture begins. */
function gifMoves(bytes: Uint8Array): boolean {
  const table = (flags: number) => (flags & 128 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let pictures = 0;
  let at = 13 + table(bytes[10]);
  const passSubBlocks = () => {
    while (at < bytes.length && bytes[at] > 0) at += bytes[at] + 1;
    at++;
  };
  while (at < bytes.length) {
    const block = bytes[at];
    if (block === 0x2c) {
      if (++pictures > 1) return true;
      at += 11 + table(bytes[at + 9]);
      passSubBlocks();
    } else if (block === 0x21) {
      at += 2;
      passSubBlocks();
    } else return false;
  }
  return false;
}

/** `acTL` stands before the first `IDAT` of an animated PNG (PNG 3rd edition §11.3.6.1). */
function pngMoves(bytes: Uint8Array, view: DataView): boolean {
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const chunk = ascii(bytes, at + 4, 4);
    if (chunk === 'acTL') return true;
    if (chunk === 'IDAT') return false;
  }
  return false;
}

/** Whether a picture file holds more than one frame. @param bytes the whole file */
export function isAnimated(kind: FileKind, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === 'gif') return gifMoves(bytes);
  if (kind === 'png') return pngMoves(bytes, view);
  if (kind === 'webp') return ascii(bytes, 12, 4) === 'VP8X' && (bytes[20] & 2) !== 0;
  return kind === 'avif' && ascii(bytes, 8, 4) === 'avis';
}

/** Whether a PNG ends before its last chunk: browsers would show the upper part and say nothing. */
export const isCutPng = (bytes: Uint8Array): boolean => {
  for (let at = bytes.length - 8; at >= Math.max(8, bytes.length - 65536); at--)
    if (bytes[at] === 0x49 && ascii(bytes, at, 4) === 'IEND') return false;
  return true;
};

/**
 * @param kind what `sniff` made of the bytes
 * @returns null where the header does not say, or is not understood
 */
export function headerPixels(kind: FileKind, bytes: Uint8Array): PixelSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === 'png')
    return bytes.length < 24 ? null : { width: view.getUint32(16), height: view.getUint32(20) };
  if (kind === 'gif')
    return bytes.length < 10 ? null : { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (kind === 'jpeg') return jpegSize(bytes, view);
  if (kind === 'webp') return webpSize(bytes, view);
  return kind === 'avif' ? avifSize(bytes, view) : null;
}
