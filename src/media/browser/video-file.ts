/** A video file as grey frames, by the browser's own decoder; and the drawing that appears in it. */
import { UserError } from '../../math/errors';
import type { Drawing } from '../strokes';
import { endBytes } from './duration';
import { limits, spokenDuration, spokenSize } from './limits';
import { kindWords, sniff } from './sniff';
import { traceFilm, type Film } from './trace';

/** Frames that are looked at, over the whole length; and pixels along the longer side. */
const frames = 60;
const side = 96;
const patienceMs = 10_000;

const wanted = 'draw on the pad, or choose a film of a drawing being made';

/** Waits for an event of the element. @throws UserError where it fails, or nothing happens */
function waitFor(video: HTMLVideoElement, event: string, failure: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = new AbortController();
    const { signal } = end;
    const fail = () => {
      end.abort();
      reject(new UserError(failure));
    };
    const timer = setTimeout(fail, patienceMs);
    signal.addEventListener('abort', () => clearTimeout(timer));
    video.addEventListener('error', fail, { signal });
    video.addEventListener(
      event,
      () => {
        end.abort();
        resolve();
      },
      { signal },
    );
  });
}

/** Seconds; a film that was recorded in a browser does not say them until its end was looked for. */
async function lengthOf(video: HTMLVideoElement, failure: string): Promise<number> {
  if (video.duration === Infinity) {
    const known = ['durationchange', 'seeked'].map((event) => waitFor(video, event, failure));
    video.currentTime = 1e7;
    await Promise.all(known);
  }
  if (!Number.isFinite(video.duration) || video.duration <= 0) throw new UserError(failure);
  return video.duration;
}

async function greyFrames(video: HTMLVideoElement, seconds: number, failure: string): Promise<Film> {
  const scale = side / Math.max(video.videoWidth, video.videoHeight);
  const [width, height] = [video.videoWidth, video.videoHeight].map((n) =>
    Math.max(1, Math.round(n * scale)),
  );
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context)
    throw new UserError('This browser offers no canvas to read the film with: use another browser.');
  const plane = width * height;
  const grey = new Float32Array(frames * plane);
  const times: number[] = [];
  for (let n = 0; n < frames; n++) {
    const at = ((n + 0.5) / frames) * seconds;
    const there = waitFor(video, 'seeked', failure);
    video.currentTime = at;
    await there;
    context.drawImage(video, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    for (let p = 0; p < plane; p++)
      grey[n * plane + p] = (0.299 * data[4 * p] + 0.587 * data[4 * p + 1] + 0.114 * data[4 * p + 2]) / 255;
    times.push(1000 * at);
  }
  return { grey, width, height, times };
}

/**
 * @returns the strokes that are drawn in the film
 * @throws UserError where it is no video, too long, cannot be decoded, or shows no drawing being made
 */
export async function readVideoFile(file: Blob, name: string): Promise<Drawing> {
  const head = new Uint8Array(
    await file
      .slice(0, endBytes)
      .arrayBuffer()
      .catch(() => {
        throw new UserError(`${name} could not be read: ${wanted}.`);
      }),
  );
  const kind = sniff(head);
  if (kind === 'empty') throw new UserError(`${name} is empty: ${wanted}.`);
  if (kind !== 'video') throw new UserError(`${name} is ${kindWords[kind]}: ${wanted}.`);
  if (file.size > limits.videoBytes)
    throw new UserError(
      `${name} has ${spokenSize(file.size)}: choose a film of at most ${spokenSize(limits.videoBytes)}.`,
    );
  const failure = `${name} is a video that this browser cannot decode, it may be damaged: ${wanted}.`;
  const video = document.createElement('video');
  const url = URL.createObjectURL(file);
  try {
    video.muted = true;
    video.preload = 'auto';
    const ready = waitFor(video, 'loadeddata', failure);
    video.src = url;
    await ready;
    if (video.videoWidth === 0) throw new UserError(`${name} holds no pictures: ${wanted}.`);
    const seconds = await lengthOf(video, failure);
    if (seconds > limits.videoSeconds)
      throw new UserError(
        `${name} lasts ${spokenDuration(seconds)}: choose a film of at most ${spokenDuration(limits.videoSeconds)}.`,
      );
    return traceFilm(await greyFrames(video, seconds, failure));
  } finally {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(url);
  }
}
