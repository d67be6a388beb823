/** Colour frames of a video file, evenly spread over its length, by the browser's own decoder. */
import { UserError } from '../../math/errors';
import { grabFrame, type Pixels } from './image-file';

const patienceMs = 10_000;
const mostBytes = 512 * 2 ** 20;
const wanted = 'choose an MP4 or WebM video';

/** @throws UserError where the element fails, or nothing happens */
function happens(video: HTMLVideoElement, event: string, failure: string, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = new AbortController();
    const fail = () => {
      end.abort();
      reject(new UserError(failure));
    };
    const timer = setTimeout(fail, patienceMs);
    end.signal.addEventListener('abort', () => clearTimeout(timer));
    const done = () => {
      end.abort();
      resolve();
    };
    video.addEventListener(event, done, { signal: end.signal });
    video.addEventListener('error', fail, { signal: end.signal });
    start();
  });
}

/**
 * @param count frames, each from the middle of its part of the video
 * @throws UserError where it is no video that the browser can decode
 */
export async function readFilmFrames(file: Blob, name: string, count: number): Promise<Pixels[]> {
  if (file.size > mostBytes) throw new UserError(`${name} is too large: ${wanted} of at most 500 MB.`);
  const failure = `${name} is no video that this browser can decode, or it is damaged: ${wanted}.`;
  const video = document.createElement('video');
  const url = URL.createObjectURL(file);
  try {
    video.muted = true;
    video.preload = 'auto';
    await happens(video, 'loadeddata', failure, () => (video.src = url));
    // a film recorded in a browser says its length only once its end was looked for
    if (video.duration === Infinity)
      await happens(video, 'durationchange', failure, () => (video.currentTime = 1e7));
    if (!(video.duration > 0 && video.duration < Infinity) || !video.videoWidth) throw new UserError(failure);
    const frames: Pixels[] = [];
    for (let n = 0; n < count; n++) {
      const at = ((n + 0.5) / count) * video.duration;
      await happens(video, 'seeked', failure, () => (video.currentTime = at));
      frames.push(grabFrame(video));
    }
    return frames;
  } finally {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(url);
  }
}
