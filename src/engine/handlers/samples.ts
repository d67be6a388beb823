import type { Handler } from '../handler';

export const samples: Handler<'samples'> = async ({ pairing }, { session }) => {
  const opened = await session.pack();
  const { idsA, idsB, labels } = await opened.sampleStates(pairing);
  return { idsA, idsB, labels };
};
