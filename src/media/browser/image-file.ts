/** A picture file, or a frame of the camera, as RGBA pixels; turned upright by its EXIF orientation. */
import { UserError } from '../../math/errors';
import { endBytes } from './duration';
import { headerPixels, isAnimated, isCutPng } from './image-size';
import { limits, spokenSize } from './limits';
import { openDevice } from './recorder';
import { type FileKind, isImageKind, kindWords, sniff } from './sniff';

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

export interface PictureFile extends Pixels {
  /** The file is animated: these pixels are its first frame. */
  firstFrame: boolean;
}

/** Refuses by the first bytes alone what is no picture, or one that browsers cannot read or should not. */
function checkKind(kind: FileKind, name: string): void {
  if (kind === 'heic')
    throw new UserError(
      `${name} is a HEIC picture, which browsers cannot read: save it as JPEG, or ${wanted}.`,
    );
  if (kind === 'svg')
    throw new UserError(
      `${name} is an SVG drawing, which can hold a program and is not opened here: save it as PNG, or ${wanted}.`,
    );
  if (kind === 'empty') throw new UserError(`${name} is empty: ${wanted}.`);
  if (!isImageKind(kind)) throw new UserError(`${name} is ${kindWords[kind]}: ${wanted}.`);
}

function checkSize(kind: FileKind, bytes: Uint8Array, name: string): void {
  const size = headerPixels(kind, bytes);
  if (!size) throw new UserError(`${name} does not say how large it is, it may be damaged: ${wanted}.`);
  const { width, height } = size;
  if (width * height > limits.imagePixels)
    throw new UserError(
      `${name} has ${width} × ${height} pixels: choose one of at most ${limits.imagePixels / 1e6} million.`,
    );
}

/**
 * @returns at most `limits.imageSide` wide and high
 * @throws UserError where it is no picture, HEIC or SVG, too large or damaged
 */
export async function readImageFile(file: Blob, name: string): Promise<PictureFile> {
  const read = async (to: number) =>
    new Uint8Array(
      await file
        .slice(0, to)
        .arrayBuffer()
        .catch(() => {
          throw new UserError(`${name} could not be read: ${wanted}.`);
        }),
    );
  const kind = sniff(await read(endBytes));
  checkKind(kind, name);
  if (file.size > limits.imageBytes)
    throw new UserError(
      `${name} has ${spokenSize(file.size)}: choose a picture of at most ${spokenSize(limits.imageBytes)}.`,
    );
  // The size may stand behind a large profile or preview: all of the file is looked at before any is decoded.
  const bytes = await read(file.size);
  checkSize(kind, bytes, name);
  const damaged = new UserError(
    `${name} looks like ${kindWords[kind]} but cannot be decoded, it may be damaged: ${wanted}.`,
  );
  if (kind === 'png' && isCutPng(bytes)) throw damaged;
  const bitmap = await createImageBitmap(new Blob([bytes]), { imageOrientation: 'from-image' }).catch(() => {
    throw damaged;
  });
  try {
    return { ...draw(bitmap, bitmap.width, bitmap.height), firstFrame: isAnimated(kind, bytes) };
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
