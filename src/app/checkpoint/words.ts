import type { Pooling, Takes } from '../../engine/checkpoint/operations';

export const takesWords: Record<Takes, string> = {
  text: 'text',
  audio: 'sound',
  image: 'pictures',
  video: 'video',
};

export const poolingWords: Record<Pooling, string> = {
  cls: 'the CLS token',
  'cls-distillation': 'the mean of CLS and distillation tokens',
  mean: 'the mean over positions',
};

export const mediaAccept: Record<Takes, string> = {
  text: '.txt',
  audio: 'audio/*,.wav,.mp3,.ogg,.oga,.opus,.m4a,.flac',
  image: 'image/*',
  video: 'video/*',
};

/** "360 MB", "1.2 MB" */
export const megabytes = (bytes: number): string =>
  `${(bytes / 1e6).toFixed(bytes < 1e7 ? (bytes < 1e5 ? 2 : 1) : 0)} MB`;
