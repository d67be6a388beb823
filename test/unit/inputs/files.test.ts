import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerSeconds } from '../../../src/media/browser/duration';
import { hasWords } from '../../../src/app/inputs/text';
import { headerPixels, isAnimated, isCutPng } from '../../../src/media/browser/image-size';
import { limits } from '../../../src/media/browser/limits';
import { sniff, type FileKind } from '../../../src/media/browser/sniff';
import { firstCharacters, readTextFile } from '../../../src/media/browser/text-file';
import * as made from './made-files';

const ends = (file: Uint8Array, size = file.length) => ({ head: file, tail: file, size });

describe('what a file is', () => {
  it.each<[string, Uint8Array, FileKind]>([
    ['WAV', made.wavFile([0], 8000), 'wav'],
    ['FLAC', made.flacHead(44100, 1), 'flac'],
    ['Opus in Ogg', made.opusFile(48000), 'ogg'],
    ['Vorbis in Ogg', made.vorbisFile(44100, 1), 'ogg'],
    ['Theora in Ogg', made.theoraHead(), 'video'],
    ['M4A', made.mp4Head('M4A ', 1000, 1), 'm4a'],
    ['MP4 video', made.mp4Head('isom', 1000, 1), 'video'],
    ['QuickTime', made.mp4Head('qt  ', 1000, 1), 'video'],
    ['Matroska or WebM', made.bytes([0x1a, 0x45, 0xdf, 0xa3, 1, 2, 3]), 'video'],
    ['AVI', made.bytes('RIFF', [0, 0, 0, 0], 'AVI LIST'), 'video'],
    ['MPEG program stream', made.bytes([0, 0, 1, 0xba]), 'video'],
    ['MP3 with a tag', made.bytes('ID3', [4, 0, 0, 0, 0, 0, 0]), 'mp3'],
    ['MP3 without', made.mp3Head(9), 'mp3'],
    ['AAC in ADTS', made.bytes([0xff, 0xf1, 0x50, 0x80]), 'aac'],
    ['HEIC', made.mp4Head('heic', 1, 1), 'heic'],
    ['AVIF', made.mp4Head('avif', 1, 1), 'avif'],
    ['PNG', made.pngHead(1, 1), 'png'],
    ['JPEG', made.jpegHead(1, 1), 'jpeg'],
    ['WebP', made.bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8 '), 'webp'],
    ['PDF', made.bytes('%PDF-1.7'), 'pdf'],
    ['office document', made.bytes('PK', [3, 4]), 'zip'],
    ['SVG', made.bytes('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'svg'],
    ['SVG after a prologue', made.bytes('<?xml version="1.0"?>\n<!-- a -->\n<!DOCTYPE svg>\n<svg>'), 'svg'],
    ['SVG after a byte order mark', made.bytes([0xef, 0xbb, 0xbf], '  <SVG '), 'svg'],
    ['text about SVG', made.bytes('the <svg> element'), 'unknown'],
    ['nothing', new Uint8Array(0), 'empty'],
    ['plain text', made.bytes('four'), 'unknown'],
    ['UTF-16 text', made.bytes([0xff, 0xfe, 0x66, 0, 0x6f, 0]), 'unknown'],
    ['a sync word whose sample rate does not exist', made.bytes([0xff, 0xfb, 0x9c, 0]), 'unknown'],
  ])('knows %s', (_, file, kind) => expect(sniff(file)).toBe(kind));

  it('says something of any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (file) => typeof sniff(file) === 'string'));
  });
});

describe('how long a recording says it is', () => {
  it.each<[string, FileKind, Uint8Array, number]>([
    ['WAV: bytes of data over bytes a second', 'wav', made.wavFile(Array(800).fill(0), 8000), 0.1],
    ['FLAC: samples over rate, 36 bits', 'flac', made.flacHead(44100, 2 ** 33), 2 ** 33 / 44100],
    ['Opus: granules at 48 kHz', 'ogg', made.opusFile(48000 * 90), 90],
    ['Vorbis: granules at its own rate', 'ogg', made.vorbisFile(22050, 22050 * 7), 7],
    ['M4A: duration over time scale', 'm4a', made.mp4Head('M4A ', 600, 600 * 1800), 1800],
    // 1,000 frames of 1,152 samples.
    ['MP3 with a count of frames', 'mp3', made.mp3Head(9, 1000), (1000 * 1152) / 44100],
  ])('%s', (_, kind, file, seconds) => expect(headerSeconds(kind, ends(file))).toBeCloseTo(seconds, 6));

  it('takes an MP3 without a count by its size and bitrate', () => {
    // Index 9 of MPEG 1 layer III: 128 kbit/s, so 16,000 bytes a second.
    expect(headerSeconds('mp3', ends(made.mp3Head(9), 16000 * 1800))).toBeCloseTo(1800, 6);
  });
  it('believes a WAV no further than the file goes, and one that was streamed not at all', () => {
    const file = made.wavFile(Array(800).fill(0), 8000, 0xffffffff);
    expect(headerSeconds('wav', ends(file))).toBeCloseTo(0.1, 6);
    expect(headerSeconds('wav', ends(made.wavFile(Array(800).fill(0), 8000, 0)))).toBeCloseTo(0.1, 6);
  });
  it('says nothing where the header says nothing', () => {
    expect(headerSeconds('aac', ends(made.bytes([0xff, 0xf1])))).toBeNull();
    expect(headerSeconds('flac', ends(made.flacHead(44100, 0)))).toBeNull();
    expect(headerSeconds('mp3', ends(made.bytes('ID3', [4, 0, 0, 0, 0, 0, 0, 0, 0])))).toBeNull();
  });
  it('ends with a number or nothing on damaged headers', () => {
    const whole: [FileKind, Uint8Array][] = [
      ['wav', made.wavFile(Array(40).fill(0), 8000)],
      ['flac', made.flacHead(44100, 99)],
      ['ogg', made.vorbisFile(44100, 99)],
      ['ogg', made.opusFile(99)],
      ['m4a', made.mp4Head('M4A ', 600, 600)],
      ['mp3', made.mp3Head(9, 100)],
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...whole),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }),
        fc.nat(),
        ([kind, file], changes, cut) => {
          const damaged = file.slice();
          for (const [at, value] of changes) damaged[at % damaged.length] = value;
          const part = damaged.subarray(0, 1 + (cut % damaged.length));
          const seconds = headerSeconds(kind, ends(part));
          return seconds === null || (Number.isFinite(seconds) && seconds >= 0);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('how large a picture says it is', () => {
  it.each<[FileKind, Uint8Array]>([
    ['png', made.pngHead(640, 480)],
    ['jpeg', made.jpegHead(640, 480)],
    ['gif', made.bytes('GIF89a', [640 & 255, 640 >> 8, 480 & 255, 480 >> 8])],
    ['webp', made.bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 0, 0, 0, 0, 127, 2, 0, 223, 1, 0])],
    // Of a thumbnail and the picture, the picture.
    ['avif', made.bytes(made.ispe(160, 120), made.ispe(640, 480))],
  ])('%s', (kind, file) => expect(headerPixels(kind, file)).toEqual({ width: 640, height: 480 }));

  it('passes over the JPEG tables before the frame, and ends on damage', () => {
    expect(headerPixels('jpeg', made.bytes([0xff, 0xd8, 0xff, 0xc4, 0, 0, 0xff, 0xda]))).toBeNull();
    fc.assert(
      fc.property(
        fc.constantFrom<FileKind>('jpeg', 'png', 'gif', 'webp'),
        fc.uint8Array({ maxLength: 60 }),
        (kind, file) => {
          const head = made.bytes(
            kind === 'jpeg' ? [0xff, 0xd8] : kind === 'webp' ? 'RIFF0000WEBPVP8 ' : [],
            [...file],
          );
          const size = headerPixels(kind, head);
          return size === null || (size.width >= 0 && size.height >= 0);
        },
      ),
    );
  });
});

describe('what a picture file says of its frames', () => {
  it('tells an animation from a still in GIF, PNG, WebP and AVIF', () => {
    expect(isAnimated('gif', made.gifFile(3))).toBe(true);
    expect(isAnimated('gif', made.gifFile(1))).toBe(false);
    const png = made.pngHead(1, 1);
    const crc = [0, 0, 0, 0];
    expect(isAnimated('png', made.bytes([...png], crc, [0, 0, 0, 8], 'acTL'))).toBe(true);
    expect(isAnimated('png', made.bytes([...png], crc, [0, 0, 0, 8], 'IDAT'))).toBe(false);
    expect(isAnimated('webp', made.bytes('RIFF0000WEBPVP8X', [10, 0, 0, 0, 2]))).toBe(true);
    expect(isAnimated('webp', made.bytes('RIFF0000WEBPVP8X', [10, 0, 0, 0, 16]))).toBe(false);
    expect(isAnimated('avif', made.bytes([0, 0, 0, 20], 'ftypavis'))).toBe(true);
  });
  it('ends on damaged files of any kind', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<FileKind>('gif', 'png', 'webp', 'avif'),
        fc.uint8Array({ maxLength: 200 }),
        (kind, file) => typeof isAnimated(kind, made.bytes('GIF89a0000000', [...file])) === 'boolean',
      ),
    );
  });
  it('notices a PNG that ends before its last chunk', () => {
    expect(isCutPng(made.pngHead(4, 4))).toBe(true);
    expect(isCutPng(made.bytes([...made.pngHead(4, 4)], [0, 0, 0, 0], 'IEND', [1, 2, 3, 4]))).toBe(false);
  });
});

describe('a text that is given', () => {
  it('is cut where it is too long, and not inside a character', () => {
    const most = limits.textCharacters;
    expect(firstCharacters('a'.repeat(most))).toEqual({ text: 'a'.repeat(most), cut: false });
    expect(firstCharacters('a'.repeat(most + 1)).text).toHaveLength(most);
    const torn = firstCharacters(`${'a'.repeat(most - 1)}😀😀`);
    expect(torn).toEqual({ text: 'a'.repeat(most - 1), cut: true });
  });
  it('has words where anything prints', () => {
    for (const text of ['a', '…', '😀', 'да', '語', '7']) expect(hasWords(text)).toBe(true);
    for (const text of ['', ' \n\t', '\u0000\u0007', '\u200b\ufeff\u202e'])
      expect(hasWords(text)).toBe(false);
  });
  it('is refused as a file where it is an SVG, a picture, or not UTF-8', async () => {
    const refused = (file: Uint8Array) =>
      readTextFile(new Blob([Uint8Array.from(file)]), 'x.txt').catch((error: Error) => error.message);
    expect(await refused(made.bytes('<svg onload="alert(1)">'))).toMatch(/^x\.txt is an SVG drawing: /);
    expect(await refused(made.pngHead(1, 1))).toMatch(/^x\.txt is a PNG picture: /);
    expect(await refused(made.bytes([0xc3, 0x28]))).toMatch(/not plain text in UTF-8/);
    expect(await refused(made.bytes('  \n'))).toMatch(/holds no words/);
  });
});
