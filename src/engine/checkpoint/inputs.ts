/** From what a person gave to what a checkpoint's front end takes. */
import type { FrontEnd, FrontEndInputs } from '../../encoders/frontend';
import type { Picture } from '../../encoders/image';
import { UserError } from '../../math/errors';
import type { CheckpointInput, VideoFrame } from './operations';

const words: Record<CheckpointInput['kind'], string> = {
  text: 'a text',
  audio: 'a recording',
  image: 'a picture',
  video: 'a video',
};
const wanted = {
  text: 'text',
  spectrogram: 'audio',
  wave: 'audio',
  image: 'image',
  video: 'video',
} as const satisfies Record<FrontEnd['kind'], CheckpointInput['kind']>;

const picture = ({ pixels, width, height }: VideoFrame): Picture => ({ data: pixels, width, height });

/** @throws UserError where the encoder takes another kind */
export function inputFor(frontEnd: FrontEnd, input: CheckpointInput): FrontEndInputs[FrontEnd['kind']] {
  const kind = wanted[frontEnd.kind];
  if (input.kind !== kind)
    throw new UserError(`This encoder takes ${words[kind]}, not ${words[input.kind]}.`);
  switch (input.kind) {
    case 'text':
      return input.text;
    case 'audio':
      return { samples: input.samples, rate: input.sampleRate };
    case 'image':
      return picture(input);
    case 'video':
      return input.frames.map(picture);
  }
}
