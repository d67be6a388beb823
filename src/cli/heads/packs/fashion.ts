/** Products by their title and their photograph, truly paired. */
import { garments, readFashion, readPhotograph } from '../../data/fashion';
import type { PackSettings } from '../settings';

export const fashion: PackSettings = {
  title: 'Fashion, titles and photographs',
  short: 'Fashion',
  subtitle: 'title × photograph',
  question: 'Which type of product?',
  modalities: [
    { id: 'text', label: 'Title' },
    { id: 'image', label: 'Photo' },
  ],
  pairings: [{ id: 'text-image', a: 'text', b: 'image', paired: 'truly', seed: 0 }],
  tasks: [{ id: 'type', label: 'Type', classes: [...garments], metric: 'accuracy' }],
  unit: { of: 'a', name: 'item' },
  clean: { id: 'clean', label: 'whole title, whole photograph' },
  standard: [
    { drop: 30, crop: 30, blur: 0.2 },
    { drop: 50, crop: 50, blur: 0.4 },
    { drop: 50, crop: 70, blur: 0.6 },
  ].map(({ drop, crop, blur }) => ({
    id: 'standard',
    label: `${drop} % of the title’s words left out, ${crop} % of the photograph cut away and the rest blurred by ${(10 * blur).toFixed(0)} % of its side`,
    seed: 0,
    text: { wordDrop: drop / 100 },
    image: { crop: crop / 100, blur },
  })),
  accuracyLimit: 0.9,
  variants: [4, 6],
  samples: (modality, dataDir, splits) =>
    readFashion(dataDir, splits).map(({ id, label, unit, text, image }) => ({
      id,
      labels: [label],
      unit,
      read() {
        if (modality === 'text') return { kind: 'text', text };
        const { data, width, height } = readPhotograph(image);
        return { kind: 'image', pixels: Uint8ClampedArray.from(data), width, height };
      },
    })),
  splits: {
    test: 'the test rows of the table; items of the same title or nearly the same photograph are on one side',
    validation: 'the validation rows of the table, apart from the others in the same way',
  },
  data: [
    {
      name: 'Fashion Product Images',
      licence:
        'usually quoted as MIT, not verified; the photographs are of Myntra’s catalogue and were used for training only',
      citation: 'P. Aggarwal (2019). Fashion Product Images Dataset. Kaggle',
      url: 'https://www.kaggle.com/datasets/paramaggarwal/fashion-product-images-dataset',
    },
    {
      name: 'Clothing dataset, for the training of the encoders only',
      licence: 'CC0 1.0',
      citation: 'A. Grigorev and 350 contributors (2020). Clothing dataset',
      url: 'https://github.com/alexeygrigorev/clothing-dataset',
    },
  ],
  licence: 'MIT; the licence of the photographs that they learned from is not verified',
  card: {
    use: 'To show which layers of a text and an image encoder fuse best, on a product’s title and photograph.',
    limits: [
      'The titles are those of one Indian shop, in English, with the words that name the type taken out; a title that names its type is easier than what was measured.',
      'The photographs are of products on white, or on models, by the same shop: a photograph taken at home is harder.',
      'Types were capped at 450 items each, so their shares say nothing about any shop.',
      'It tells 18 types apart and has no answer for anything else.',
    ],
  },
};
