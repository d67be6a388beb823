/** Digits, drawn with a pen and spoken. */
import { digitsFolder, readDrawings, readSpeech } from '../../data/digits';
import type { PackSettings } from '../settings';

const classes = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

export const digits: PackSettings = {
  title: 'Digits, drawn and spoken',
  short: 'Digits',
  subtitle: 'drawn × spoken',
  question: 'Which digit?',
  modalities: [
    { id: 'video', label: 'Drawn' },
    { id: 'audio', label: 'Spoken' },
  ],
  pairings: [{ id: 'video-audio', a: 'video', b: 'audio', paired: 'by-label', seed: 0 }],
  tasks: [{ id: 'digit', label: 'Digit', classes, metric: 'accuracy' }],
  unit: { of: 'a', name: 'writer' },
  clean: { id: 'clean', label: 'whole drawing, clean speech' },
  standard: [20, 10, 5, 0].map((snrDb) => ({
    id: 'standard',
    label: `first 60 % of the drawing, speech with noise at ${snrDb} dB`,
    seed: 0,
    video: { keep: 0.6 },
    audio: { snrDb },
  })),
  accuracyLimit: 0.9,
  variants: [3, 6],
  samples(modality, dataDir, splits) {
    const folder = digitsFolder(dataDir);
    if (modality === 'video')
      return readDrawings(folder, splits).map(({ id, label, unit, drawing }) => ({
        id,
        labels: [label],
        unit,
        read: () => ({ kind: 'drawing', drawing }),
      }));
    return readSpeech(folder, splits).map(({ id, label, unit, samples, sampleRate }) => ({
      id,
      labels: [label],
      unit,
      read: () => ({ kind: 'audio', samples, sampleRate }),
    }));
  },
  splits: {
    test: 'people unseen in training and validation: the writers of the data set’s own test split, and the voice that its table marks as test',
    validation:
      'the writers of the data set’s own validation split; one training voice, nicolas, which nothing had heard when things were chosen by it; then the voice encoder and all heads were refitted with it',
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
