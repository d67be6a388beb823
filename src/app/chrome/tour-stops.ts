/** What the tour says, and where its card goes. */

import type { ModalityKind } from '../../packs/schema';

export interface Stop {
  target: string;
  title: string;
  text: string;
}

/** How a kind of input is given, and what of it the encoder takes. */
const giving: Record<ModalityKind, string> = {
  video:
    'Draw with mouse, pen or finger, or take an example. The small frames are all that the encoder sees.',
  audio:
    'Record, choose a file or take an example. The brackets show what is kept, the grey picture is what the encoder hears.',
  text: 'Type, paste or take an example. Below it stands how many tokens the encoder reads.',
  image:
    'Choose a picture, take one with the camera, or take an example. The small one is what the encoder sees.',
  features: 'This one comes with the pack, as measured features.',
};

/** @param kinds of A and of B, null while they are not known */
export const stopsFor = (kinds: { a: ModalityKind | null; b: ModalityKind | null }): Stop[] => [
  {
    target: '.packs',
    title: 'A pack is a task',
    text: 'It brings two encoders, one for each modality, and every way of fusing them, trained beforehand. A is blue, B is orange, what is fused is ink.',
  },
  {
    target: '.in.a',
    title: 'Give A',
    text: `${kinds.a ? `${giving[kinds.a]} ` : ''}Nothing of it leaves this tab.`,
  },
  {
    target: '.in.b',
    title: 'Give B, then make one worse',
    text: `${kinds.b ? `${giving[kinds.b]} ` : ''}Degrade or drop an input, and watch the prediction lean on the other. The tick on a slider is the condition of the reported figures.`,
  },
  {
    target: '.alignment',
    title: 'Which layer meets which',
    text: 'Each cell is one model: layer i of A fused with layer j of B, measured on people that it never met. Along the sides, each layer alone. Point at a cell to read it out, click it to fuse that pair. “Your sample” shows what each model says of what you gave.',
  },
  {
    target: '.strategy',
    title: 'Drag the skew',
    text: 'The skew d is how far the fused layers are apart, the sparsity η how many pairs are fused. The tracks are the charts: whiskers are 95 % intervals, dashed lines are late and pairwise fusion. SSFN is one pair at the best skew.',
  },
  {
    target: '.prediction-panel',
    title: 'What fusing buys',
    text: 'The strategy in use beside late, pairwise, the plain sum of scores, and each modality alone. The sentence names who disagrees. It follows every slider at once.',
  },
  {
    target: '.mask-panel',
    title: 'Which pairs would be chosen again',
    text: 'The validation set is resampled a thousand times, here and now: the darker a pair, the more often it is among the K best. Pairs at or above τ make the mask.',
  },
  {
    target: '.representation',
    title: 'Where your sample falls',
    text: 'Your sample among the evaluation samples, in the chosen layer of A, of B, and fused.',
  },
  {
    target: '.badge',
    title: 'What runs it',
    text: 'The backend and the error of its self-test, measured when the page opened. Open it to see why this one, or to choose another.',
  },
];

/** The next of `count` stops in a direction whose panel is on the page, or null. */
export function nextShown(
  at: number,
  step: 1 | -1,
  count: number,
  isShown: (n: number) => boolean,
): number | null {
  for (let n = at + step; n >= 0 && n < count; n += step) if (isShown(n)) return n;
  return null;
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}
export interface Size {
  width: number;
  height: number;
}

const gap = 12;

/** Beside the panel where there is room: right, left, below, above; else at the foot of the window. */
export function placeCard(panel: Box, card: Size, view: Size): { left: number; top: number } {
  const within = (at: number, size: number, room: number) => Math.max(gap, Math.min(at, room - size - gap));
  const right = panel.left + panel.width + gap;
  const below = panel.top + panel.height + gap;
  const top = within(panel.top, card.height, view.height);
  const left = within(panel.left + (panel.width - card.width) / 2, card.width, view.width);
  if (right + card.width + gap <= view.width) return { left: right, top };
  if (panel.left - gap - card.width >= gap) return { left: panel.left - gap - card.width, top };
  if (below + card.height + gap <= view.height) return { left, top: below };
  if (panel.top - gap - card.height >= gap) return { left, top: panel.top - gap - card.height };
  return { left, top: view.height - card.height - gap };
}
