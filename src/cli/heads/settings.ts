/** What is said of each pack that can be made here: its question, its data, its licence. */
import { UserError } from '../../math/errors';
import type { Condition, Pack, Pairing, Task } from '../../packs/schema';

export interface PackSettings extends Pick<
  Pack,
  'title' | 'question' | 'data' | 'licence' | 'splits' | 'card'
> {
  /** The title in the page's list of packs, with what stands beside it. */
  short: string;
  subtitle: string;
  /** Modality id → what a person calls it, in the order of A and B. */
  modalities: { id: string; label: string }[];
  pairing: Pairing;
  task: Task;
  /** What a bootstrap resamples. */
  unitName: string;
  clean: Condition;
  /** The degraded condition but for what is chosen on validation. */
  standard: (snrDb: number) => Condition;
  /** From mild to hard; the first at which no probe is above the limit on validation is taken. */
  snrChoices: number[];
  accuracyLimit: number;
}

const digits: PackSettings = {
  title: 'Digits, drawn and spoken',
  short: 'Digits',
  subtitle: 'drawn × spoken',
  question: 'Which digit?',
  modalities: [
    { id: 'video', label: 'Drawn' },
    { id: 'audio', label: 'Spoken' },
  ],
  pairing: { id: 'video-audio', a: 'video', b: 'audio', paired: 'by-label', seed: 0 },
  task: {
    id: 'digit',
    label: 'Digit',
    classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    metric: 'accuracy',
  },
  unitName: 'writer',
  clean: { id: 'clean', label: 'whole drawing, clean speech' },
  standard: (snrDb) => ({
    id: 'standard',
    label: `first 60 % of the drawing, speech with noise at ${snrDb} dB`,
    seed: 0,
    video: { keep: 0.6 },
    audio: { snrDb },
  }),
  snrChoices: [20, 10, 5, 0],
  accuracyLimit: 0.9,
  splits: {
    test: 'people unseen in training and validation: the writers of the data set’s own test split, and the voice that its table marks as test',
    validation:
      'the writers of the data set’s own validation split; one training voice, nicolas, on which nothing was trained',
  },
  data: [
    {
      name: 'Pen-Based Recognition of Handwritten Digits, unresampled (UNIPEN) version',
      licence: 'CC BY 4.0, as UCI lists its donated data sets',
      citation: 'E. Alpaydin, F. Alimoglu (1998). UCI Machine Learning Repository. doi:10.24432/C5MG6K',
      url: 'https://doi.org/10.24432/C5MG6K',
    },
    {
      name: 'Free Spoken Digit Dataset',
      licence: 'CC BY-SA 4.0',
      citation: 'Z. Jackson, C. Souza, J. Flaks, Y. Pan, H. Nicolas, A. Thite. Free Spoken Digit Dataset',
      url: 'https://github.com/Jakobovski/free-spoken-digit-dataset',
    },
  ],
  licence: 'CC BY-SA 4.0',
  card: {
    use: 'To show which layers of a video and an audio encoder fuse best, on a digit that a person draws and says.',
    limits: [
      'Drawings and recordings come from different people and were paired by their label, which makes the modalities independent given the digit and the gain of fusion optimistic.',
      'Five voices are in the training and test data, all of them apparently male, English, at 8 kHz; the test voice is one person, so no interval here covers other voices.',
      'The intervals resample writers; the test set has few, so they are wide and themselves uncertain.',
      'It tells ten digits apart and has no answer for anything else.',
    ],
  },
};

const all: Record<string, PackSettings> = { digits };

/** @throws UserError for a pack that is not known */
export function settingsOf(pack: string): PackSettings {
  const settings = all[pack];
  if (!settings) throw new UserError(`There is no pack "${pack}": ${Object.keys(all).join(', ')}.`);
  return settings;
}
