/** A recording from the microphone as raw samples: no codec in between, so the encoder hears what was said. */
import { UserError } from '../../math/errors';
import type { Sound } from '../wav';
import workletUrl from './capture-worklet.js?url';
import { rms } from './heard';

export interface Recording {
  /** Ends it, lets the microphone go and gives what was heard. */
  stop(): Promise<Sound>;
  /** Ends it and forgets what was heard. */
  cancel(): void;
}

export interface RecordingEvents {
  /** Root mean square of the latest block, and how long it has run. */
  level(rms: number, seconds: number): void;
  /** The time limit is reached, or the microphone was taken away: the caller stops it. */
  ended(): void;
}

/** What `getUserMedia` says, as a person needs it. `device` is "microphone" or "camera". */
export function deviceProblem(error: unknown, device: 'microphone' | 'camera'): UserError {
  const name = error instanceof Error ? error.name : '';
  const say: Record<string, string> = {
    NotAllowedError: `The ${device} was refused: allow it beside the page's address, or choose a file.`,
    SecurityError: `The ${device} was refused: allow it beside the page's address, or choose a file.`,
    NotFoundError: `No ${device} was found: connect one, or choose a file.`,
    OverconstrainedError: `No ${device} was found: connect one, or choose a file.`,
    NotReadableError: `The ${device} is in use by another program: close that one, or choose a file.`,
    AbortError: `The ${device} stopped: try again, or choose a file.`,
  };
  return new UserError(say[name] ?? `The ${device} could not be opened: try again, or choose a file.`);
}

/** The device's stream; browsers offer it on secure pages only. */
export async function openDevice(
  device: 'microphone' | 'camera',
  constraints: MediaStreamConstraints,
): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia)
    throw new UserError(
      `The ${device} works only on a secure page: open this one by https or on localhost, or choose a file.`,
    );
  return navigator.mediaDevices.getUserMedia(constraints).catch((error: unknown) => {
    throw deviceProblem(error, device);
  });
}

/**
 * Starts to record.
 * @param maxSeconds after which `ended` is called
 * @throws UserError where the microphone is denied, missing or busy
 */
export async function startRecording(maxSeconds: number, events: RecordingEvents): Promise<Recording> {
  const stream = await openDevice('microphone', {
    // A phone's filters are tuned for calls and change the sound that the front end was trained on.
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 },
  });
  const context = new AudioContext();
  const blocks: Float32Array[] = [];
  let length = 0;
  let over = false;
  const release = () => {
    over = true;
    for (const track of stream.getTracks()) track.stop();
    if (context.state !== 'closed') void context.close();
  };
  const end = () => {
    if (over) return;
    over = true;
    events.ended();
  };
  try {
    await context.audioWorklet.addModule(workletUrl);
    await context.resume();
  } catch {
    release();
    throw new UserError('Recording could not start in this browser: choose a file.');
  }
  const capture = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0 });
  let unmetered = 0;
  capture.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
    if (over) return;
    blocks.push(data);
    length += data.length;
    // A block is 3 ms; the meter needs about 30 readings a second.
    if (++unmetered >= 10) {
      unmetered = 0;
      events.level(Math.max(...blocks.slice(-10).map((block) => rms(block))), length / context.sampleRate);
    }
    if (length >= maxSeconds * context.sampleRate) end();
  };
  context.createMediaStreamSource(stream).connect(capture);
  for (const track of stream.getTracks()) track.onended = end;
  return {
    cancel: release,
    stop: async () => {
      const sampleRate = context.sampleRate;
      release();
      const samples = new Float32Array(length);
      let at = 0;
      for (const block of blocks) {
        samples.set(block, at);
        at += block.length;
      }
      return { samples, sampleRate };
    },
  };
}
