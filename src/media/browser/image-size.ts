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
  return null;
}
