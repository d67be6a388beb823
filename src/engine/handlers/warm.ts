import type { Handler } from '../handler';
import { breathe } from '../modality';
import { predictStates } from '../predict';

export const warm: Handler<'warm'> = async (scope, { session, signal, progress }) => {
  const begin = performance.now();
  const opened = await session.pack();
  const { a, b } = opened.pairing(scope.pairing);
  const [modalityA, modalityB] = [opened.modality(a), opened.modality(b)];
  progress({ stage: 'preparing the encoders' });
  await modalityA.warm();
  await breathe(signal);
  await modalityB.warm();
  await breathe(signal);
  progress({ stage: 'preparing the heads' });
  const states = ({ layers, width }: typeof modalityA) => new Float32Array(layers * width);
  await predictStates(opened, scope, states(modalityA), states(modalityB));
  return { milliseconds: performance.now() - begin };
};
