/**
 * A sound file as samples, in the page: WAV by our own reader, MP3, OGG, M4A and FLAC by the browser's decoder.
 * What it is, how large and how long are checked on its ends before the whole is read.
 */
import { UserError } from '../../math/errors';
import { parseWav, type Sound } from '../wav';
import { endBytes, headerSeconds } from './duration';
import { requireSound } from './heard';
import { limits, spokenDuration, spokenSize } from './limits';
import { type FileKind, isAudioKind, kindWords, sniff } from './sniff';

const wanted = 'choose a WAV, MP3, OGG, M4A or FLAC recording';

async function ends(file: Blob) {
  const read = async (from: number, to: number) => new Uint8Array(await file.slice(from, to).arrayBuffer());
  const head = await read(0, endBytes);
  return { head, tail: await read(Math.max(0, file.size - endBytes), file.size), size: file.size };
}

/**
 * Refuses a file that is not sound, or too much of it, by its ends alone.
 * @throws UserError with one sentence
 */
async function checkFile(file: Blob, name: string): Promise<FileKind> {
  const both = await ends(file).catch(() => {
    throw new UserError(`${name} could not be read: ${wanted}.`);
  });
  const kind = sniff(both.head);
  if (kind === 'empty') throw new UserError(`${name} is empty: ${wanted}.`);
  if (!isAudioKind(kind)) throw new UserError(`${name} is ${kindWords[kind]}: ${wanted}.`);
  const seconds = headerSeconds(kind, both);
  if (seconds !== null && seconds > limits.soundSeconds)
    throw new UserError(
      `${name} lasts ${spokenDuration(seconds)}: choose a recording of at most ${spokenDuration(limits.soundSeconds)}.`,
    );
  const most = seconds === null ? limits.soundBytesUnknown : limits.soundBytes;
  if (file.size > most)
    throw new UserError(
      `${name} has ${spokenSize(file.size)}: choose a recording of at most ${spokenSize(most)}.`,
    );
  return kind;
}

/** The mean of the channels. */
export function mixDown(buffer: AudioBuffer): Sound {
  const samples = new Float32Array(buffer.length);
  for (let c = 0; c < buffer.numberOfChannels; c++) {
    const channel = buffer.getChannelData(c);
    for (let i = 0; i < samples.length; i++) samples[i] += channel[i] / buffer.numberOfChannels;
  }
  return { samples, sampleRate: buffer.sampleRate };
}

async function decode(bytes: ArrayBuffer, name: string, kind: FileKind): Promise<Sound> {
  // Decoding needs a context of any rate; an offline one asks for no device and no gesture.
  const context = new OfflineAudioContext(1, 1, 48000);
  const buffer = await context.decodeAudioData(bytes).catch(() => {
    throw new UserError(
      `${name} looks like ${kindWords[kind]} but cannot be decoded, it may be damaged: choose another file.`,
    );
  });
  return mixDown(buffer);
}

/**
 * @param name how the file is named in a sentence
 * @returns one channel at the file's own rate (WAV) or 48 kHz
 * @throws UserError where it is no sound, too long, damaged, empty or silent
 */
export async function readSoundFile(file: Blob, name: string): Promise<Sound> {
  const kind = await checkFile(file, name);
  const bytes = await file.arrayBuffer();
  const sound = kind === 'wav' ? await readWav(bytes, name) : await decode(bytes, name, kind);
  if (sound.samples.length > limits.soundSeconds * sound.sampleRate)
    throw new UserError(`${name} is longer than its header says: choose a shorter recording.`);
  requireSound(sound.samples, sound.sampleRate, name);
  return sound;
}

/** Our reader takes PCM; a compressed WAV may still be one that the browser knows. */
async function readWav(bytes: ArrayBuffer, name: string): Promise<Sound> {
  try {
    return parseWav(new Uint8Array(bytes));
  } catch (error) {
    return decode(bytes.slice(0), name, 'wav').catch(() => {
      throw error;
    });
  }
}
