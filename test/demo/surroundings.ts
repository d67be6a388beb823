/** Surroundings for a store without a browser, or for the demo page. */
import type { Surroundings } from '../../src/store/context';
import { madeUpPacks } from './made-up-engine';

export const madeUpSurroundings = (
  change: Partial<Surroundings & { address: string }> = {},
): Surroundings & { address: string } => {
  const around: Surroundings & { address: string } = {
    address: '',
    query: () => around.address,
    replaceQuery: (query: string) => {
      around.address = query;
    },
    storage: null,
    packList: async () => madeUpPacks,
    takeKept: async () => null,
    reload: () => undefined,
    defer: (run: () => void) => void setTimeout(run),
    ...change,
  };
  return around;
};
