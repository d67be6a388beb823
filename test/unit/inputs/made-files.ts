/** Headers of files, made by hand from their specifications; none holds real sound or pictures. */

const text = (s: string): number[] => [...s].map((c) => c.charCodeAt(0));
const le32 = (x: number): number[] => [0, 8, 16, 24].map((s) => (x >>> s) & 255);
const be32 = (x: number): number[] => le32(x).reverse();
const le16 = (x: number): number[] => [x & 255, x >> 8];
export const bytes = (...parts: (number[] | string)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((p) => (typeof p === 'string' ? text(p) : p)));

/** 16-bit PCM; `claimed` is what its data chunk says it holds. */
export function wavFile(samples: number[], rate: number, claimed = 2 * samples.length): Uint8Array {
  return bytes(
    'RIFF',
    le32(36 + claimed),
    'WAVEfmt ',
    le32(16),
    le16(1),
    le16(1),
    le32(rate),
    le32(2 * rate),
    le16(2),
    le16(16),
    'data',
    le32(claimed),
    samples.flatMap((x) => le16(Math.round(32767 * x) & 0xffff)),
  );
}

/** STREAMINFO of 20-bit rate and 36-bit sample count. */
export const flacHead = (rate: number, samples: number): Uint8Array =>
  bytes(
    'fLaC',
    [0x80, 0, 0, 34],
    Array<number>(10).fill(0),
    [rate >> 12, (rate >> 4) & 255, ((rate & 15) << 4) | (1 << 1), (15 << 4) | Math.floor(samples / 2 ** 32)],
    be32(samples % 2 ** 32),
    Array<number>(16).fill(0),
  );

const oggPage = (granule: number, body: number[]): number[] => [
  ...text('OggS'),
  ...[0, 2],
  ...le32(granule % 2 ** 32),
  ...le32(Math.floor(granule / 2 ** 32)),
  ...le32(7),
  ...le32(0),
  ...le32(0),
  1,
  body.length,
  ...body,
];
export const opusFile = (samples: number): Uint8Array =>
  bytes(
    oggPage(0, [...text('OpusHead'), 1, 1, 0, 0, ...le32(48000), 0, 0, 0]),
    Array<number>(500).fill(9),
    oggPage(samples, [1, 2, 3]),
  );
export const vorbisFile = (rate: number, samples: number): Uint8Array =>
  bytes(
    oggPage(0, [1, ...text('vorbis'), ...le32(0), 1, ...le32(rate), ...Array<number>(14).fill(0)]),
    oggPage(samples, [1, 2, 3]),
  );
export const theoraHead = (): Uint8Array =>
  bytes(oggPage(0, [0x80, ...text('theora'), 3, 2, 1, 0, 0]), Array<number>(20).fill(0));

export const mp4Head = (brand: string, scale: number, duration: number): Uint8Array =>
  bytes(
    be32(20),
    'ftyp',
    brand,
    be32(0),
    'mp42',
    be32(116),
    'moov',
    be32(108),
    'mvhd',
    be32(0),
    be32(0),
    be32(0),
    be32(scale),
    be32(duration),
    Array<number>(80).fill(0),
  );

/** MPEG 1 layer III, 44.1 kHz, stereo; with a Xing header of so many frames, or none. */
export function mp3Head(kbitIndex: number, frames?: number): Uint8Array {
  const head = [0xff, 0xfb, kbitIndex << 4, 0];
  const xing =
    frames === undefined ? Array<number>(12).fill(0) : [...text('Xing'), ...be32(1), ...be32(frames)];
  return bytes(head, Array<number>(32).fill(0), xing, Array<number>(400).fill(0));
}

export const pngHead = (width: number, height: number): Uint8Array =>
  bytes(
    [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10],
    be32(13),
    'IHDR',
    be32(width),
    be32(height),
    [8, 2, 0, 0, 0],
  );

export const jpegHead = (width: number, height: number): Uint8Array =>
  bytes(
    [0xff, 0xd8, 0xff, 0xe0, 0, 16],
    Array<number>(14).fill(1),
    [0xff, 0xc0, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255, 3],
    Array<number>(12).fill(0),
  );

/** A GIF of one pixel and so many frames, with a comment and a delay before each. */
export const gifFile = (frames: number): Uint8Array =>
  bytes(
    'GIF89a',
    [1, 0, 1, 0, 0x80, 0, 0, 255, 255, 255, 0, 0, 0],
    [0x21, 0xfe, 2, 44, 44, 0],
    Array.from({ length: frames }, (_, n) => [
      ...[0x21, 0xf9, 4, 0, 10, 0, 0, 0],
      ...[0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0],
      ...[2, 2, n === 0 ? 0x44 : 0x4c, 1, 0],
    ]).flat(),
    [0x3b],
  );

/** The property of an AVIF item that says its size. */
export const ispe = (width: number, height: number): number[] => [
  ...be32(20),
  ...text('ispe'),
  ...be32(0),
  ...be32(width),
  ...be32(height),
];
