/** Emotion in what is written and in how something is said; two corpora, paired by label. */
import { emotions, readEmotionSpeech, readEmotionTexts } from '../../data/emotion';
import type { PackSettings } from '../settings';

export const emotion: PackSettings = {
  title: 'Emotion, written and spoken',
  short: 'Emotion',
  subtitle: 'written × spoken',
  question: 'Which emotion?',
  modalities: [
    { id: 'text', label: 'Written' },
    { id: 'audio', label: 'Spoken' },
  ],
  pairings: [{ id: 'text-audio', a: 'text', b: 'audio', paired: 'by-label', seed: 0 }],
  tasks: [{ id: 'emotion', label: 'Emotion', classes: [...emotions], metric: 'unweighted average recall' }],
  // comments are independent of each other, pairs that share a speaker are not
  unit: { of: 'b', name: 'speaker' },
  clean: { id: 'clean', label: 'whole text, clean speech' },
  standard: [
    { drop: 30, snrDb: 10 },
    { drop: 50, snrDb: 5 },
    { drop: 50, snrDb: 0 },
  ].map(({ drop, snrDb }) => ({
    id: 'standard',
    label: `${drop} % of the words left out, speech with noise at ${snrDb} dB`,
    seed: 0,
    text: { wordDrop: drop / 100 },
    audio: { snrDb },
  })),
  accuracyLimit: 0.9,
  variants: [2, 4],
  samples(modality, dataDir, splits) {
    if (modality === 'text')
      return readEmotionTexts(dataDir, splits).map(({ id, label, unit, text }) => ({
        id,
        labels: [label],
        unit,
        read: () => ({ kind: 'text', text }),
      }));
    return readEmotionSpeech(dataDir, splits).map(({ id, label, unit, samples, sampleRate }) => ({
      id,
      labels: [label],
      unit,
      keepVoice: true,
      read: () => ({ kind: 'audio', samples, sampleRate }),
    }));
  },
  splits: {
    test: 'the test rows of both tables: other comments, other speakers than in training and validation',
    validation: 'the validation rows of both tables: other comments, other speakers than in training',
  },
  data: [
    {
      name: 'GoEmotions',
      licence:
        'listed as Apache-2.0 (whether that covers the comments themselves is unclear); used through github.com/monologg/GoEmotions-pytorch',
      citation:
        'D. Demszky, D. Movshovitz-Attias, J. Ko, A. Cowen, G. Nemade, S. Ravi (2020). GoEmotions: A Dataset of Fine-Grained Emotions. ACL 2020',
      url: 'https://arxiv.org/abs/2005.00547',
    },
    {
      name: 'RAVDESS, speech clips',
      licence: 'CC BY-NC-SA 4.0',
      citation: 'S. R. Livingstone, F. A. Russo (2018). PLoS ONE 13(5): e0196391',
      url: 'https://doi.org/10.5281/zenodo.1188976',
    },
    {
      name: 'Berlin Database of Emotional Speech (Emo-DB)',
      licence: 'not verified; freely given by its authors, a later release is listed as CC0 1.0',
      citation:
        'F. Burkhardt, A. Paeschke, M. Rolfes, W. Sendlmeier, B. Weiss (2005). A Database of German Emotional Speech. Interspeech 2005',
      url: 'http://emodb.bilderbar.info',
    },
    {
      name: 'nEMO, for the training of the audio encoder only',
      licence: 'CC BY-NC-SA 4.0',
      citation: 'I. Christop (2024). nEMO: Dataset of Emotional Speech in Polish. LREC-COLING 2024',
      url: 'https://github.com/amu-cai/nEMO',
    },
  ],
  licence: 'CC BY-NC-SA 4.0',
  card: {
    use: 'To show which layers of a text and an audio encoder fuse best, on a sentence that a person writes and says. Not for judging anyone: it was made to look at fusion, not at people.',
    limits: [
      'Texts and recordings come from different corpora and were paired by their label, which makes the modalities independent given the emotion and the gain of fusion optimistic.',
      'The texts are comments from Reddit, in English, mostly from the United States, with profanity and with the habits of its users; their labels are what raters read into them.',
      'The recordings are acted, in English and German (the audio encoder also learned from Polish ones), a few sentences said in every emotion: spontaneous speech is harder.',
      'Intervals resample the test speakers, who are few, so they are wide and themselves uncertain; all the comments that one speaker is paired with go together.',
      'It tells angry, happy, sad and neutral apart and has no answer for anything else.',
    ],
  },
};
