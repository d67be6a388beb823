/** A picture file, or a frame of the camera, as RGBA pixels; turned upright by its EXIF orientation. */
import { UserError } from '../../math/errors';
import { endBytes } from './duration';
import { headerPixels } from './image-size';
import { limits, spokenSize } from './limits';
import { openDevice } from './recorder';
import { isImageKind, kindWords, sniff } from './sniff';

export interface Pixels {
  /** RGBA, row by row. */
  pixels: Uint8ClampedArray;
  width: number;
  height: number;
}

const wanted = 'choose a JPEG, PNG or WebP picture';

/** The source drawn at most `limits.imageSide` wide and high, on white where it is transparent. */
function draw(source: CanvasImageSource, width: number, height: number): Pixels {
  const scale = Math.min(1, limits.imageSide / Math.max(width, height));
  const w = Math.max(1, Math.round(width * scale));
  const h = Math.max(1, Math.round(height * scale));
  const canvas = new OffscreenCanvas(w, h);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context)
    throw new UserError('This browser offers no canvas to read the picture with: use another browser.');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, w, h);
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, w, h);
  return { pixels: context.getImageData(0, 0, w, h).data, width: w, height: h };
}

/** @throws UserError where it is no picture, HEIC, too large or damaged */
export async function readImageFile(file: Blob, name: string): Promise<Pixels> {
  const head = new Uint8Array(
    await file
      .slice(0, endBytes)
      .arrayBuffer()
      .catch(() => {
        throw new UserError(`${name} could not be read: ${wanted}.`);
      }),
  );
  const kind = sniff(head);
  if (kind === 'heic')
    throw new UserError(
      `${name} is a HEIC picture, which browsers cannot read: save it as JPEG, or ${wanted}.`,
    );
  if (!isImageKind(kind)) throw new UserError(`${name} is ${kindWords[kind]}: ${wanted}.`);
  if (file.size > limits.imageBytes)
    throw new UserError(
      `${name} has ${spokenSize(file.size)}: choose a picture of at most ${spokenSize(limits.imageBytes)}.`,
    );
  const size = headerPixels(kind, head);
  if (size && size.width * size.height > limits.imagePixels)
    throw new UserError(
      `${name} has ${size.width} × ${size.height} pixels: choose one of at most ${limits.imagePixels / 1e6} million.`,
    );
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => {
    throw new UserError(
      `${name} looks like ${kindWords[kind]} but cannot be decoded, it may be damaged: ${wanted}.`,
    );
  });
  try {
    return draw(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

/** The camera's stream for a preview. @throws UserError where it is denied, missing or busy */
export const openCamera = (): Promise<MediaStream> =>
  openDevice('camera', { video: { facingMode: 'environment', width: { ideal: 1280 } } });

/** The frame that a playing video element shows now. */
export const grabFrame = (video: HTMLVideoElement): Pixels =>
  draw(video, video.videoWidth, video.videoHeight);
