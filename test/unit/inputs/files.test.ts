import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerSeconds } from '../../../src/media/browser/duration';
import { headerPixels } from '../../../src/media/browser/image-size';
import { sniff, type FileKind } from '../../../src/media/browser/sniff';
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
