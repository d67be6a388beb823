/** Small picture files of every awkward kind, made by hand from their specifications. */
import { crc32, deflateSync } from 'node:zlib';

const be32 = (x: number): number[] => [24, 16, 8, 0].map((s) => (x >>> s) & 255);

function chunk(name: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), body]);
  return Buffer.concat([Buffer.from(be32(body.length)), named, Buffer.from(be32(crc32(named)))]);
}

/** A PNG of 8-bit RGB (PNG 3rd edition); `colour` of each place. */
export function pngFile(
  width: number,
  height: number,
  colour: (x: number, y: number) => [number, number, number],
): Buffer {
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows.set(colour(x, y), y * (1 + 3 * width) + 1 + 3 * x);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', Buffer.from([...be32(width), ...be32(height), 8, 2, 0, 0, 0])),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A PNG whose header says so many pixels, and nothing behind it. */
export const hugePng = (width: number, height: number): Buffer =>
  Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', Buffer.from([...be32(width), ...be32(height), 8, 2, 0, 0, 0])),
    chunk('IDAT', deflateSync(Buffer.alloc(1000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);

const segment = (marker: number, body: number[]): number[] => [
  ...[0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255],
  ...body,
];

/** 16 × 16 pixels of one CMYK colour: all coefficients nought, so every sample is 128 (ITU-T T.81; Adobe TN 5116). */
export const cmykJpeg = (): Buffer =>
  Buffer.from([
    ...[0xff, 0xd8],
    ...segment(0xee, [...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, 0]),
    ...segment(0xdb, [0, ...Array<number>(64).fill(1)]),
    ...segment(0xc0, [8, 0, 16, 0, 16, 4, ...[1, 2, 3, 4].flatMap((id) => [id, 0x11, 0])]),
    // One code of two bits in each table: no difference of the mean, and the end of the block.
    ...segment(0xc4, [0x00, 0, 1, ...Array<number>(14).fill(0), 0]),
    ...segment(0xc4, [0x10, 0, 1, ...Array<number>(14).fill(0), 0]),
    ...segment(0xda, [4, ...[1, 2, 3, 4].flatMap((id) => [id, 0]), 0, 63, 0]),
    ...Array<number>(8).fill(0),
    ...[0xff, 0xd9],
  ]);

/** The JPEG with an EXIF orientation (EXIF 2.32 §4.6.4): 6 is a camera held upright. */
export function withOrientation(jpeg: Buffer, orientation: number): Buffer {
  const tiff = [
    ...Buffer.from('MM'),
    ...[0, 42, ...be32(8), 0, 1],
    ...[0x01, 0x12, 0, 3, ...be32(1), 0, orientation, 0, 0],
    ...be32(0),
  ];
  return Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from(segment(0xe1, [...Buffer.from('Exif'), 0, 0, ...tiff])),
    jpeg.subarray(2),
  ]);
}

/** A GIF of two frames of two colours, 8 × 8: the first all white, the second all black (GIF89a). */
export function animatedGif(): Buffer {
  const side = 8;
  // Codes of three bits, a clear code before every two pixels, so that the table never grows.
  const frame = (index: number): number[] => {
    const codes: number[] = [];
    for (let p = 0; p < side * side; p += 2) codes.push(4, index, index);
    codes.push(5);
    const bytes: number[] = [];
    codes.forEach((code, n) => {
      for (let bit = 0; bit < 3; bit++) {
        const at = 3 * n + bit;
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (((code >> bit) & 1) << (at & 7));
      }
    });
    return [
      ...[0x21, 0xf9, 4, 0, 20, 0, 0, 0],
      ...[0x2c, 0, 0, 0, 0, side, 0, side, 0, 0],
      ...[2, bytes.length, ...bytes, 0],
    ];
  };
  return Buffer.from([
    ...Buffer.from('GIF89a'),
    ...[side, 0, side, 0, 0x80, 0, 0, 255, 255, 255, 0, 0, 0],
    ...frame(0),
    ...frame(1),
    0x3b,
  ]);
}

/** SVG that would change the page's title if it were ever run. */
export const scriptedSvg = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="top.document.title='executed'">` +
    `<script>top.document.title='executed'</script><rect width="40" height="40"/></svg>`,
);
