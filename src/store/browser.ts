/** The browser's surroundings for the store. The only file of the store that knows `window`. */
import { UserError } from '../math/errors';
import type { Surroundings } from './context';
import { parsePackList } from './pack-list';

/** Safari allows 100 changes of the address in 30 seconds: write at most every 400 ms, the last state for sure. */
const ADDRESS_PAUSE = 400;

function storage(): Surroundings['storage'] {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export function browserSurroundings(offline: Pick<Surroundings, 'takeKept' | 'reload'>): Surroundings {
  let written = '';
  let waiting: ReturnType<typeof setTimeout> | null = null;
  let deferred: Map<() => void, true> | null = null;
  return {
    ...offline,
    query: () => window.location.search,
    replaceQuery(query) {
      if (query === written) return;
      written = query;
      waiting ??= setTimeout(() => {
        waiting = null;
        const { pathname, hash } = window.location;
        window.history.replaceState(
          window.history.state,
          '',
          `${pathname}${written && `?${written}`}${hash}`,
        );
      }, ADDRESS_PAUSE);
    },
    storage: storage(),
    async packList() {
      const url = new URL('models/index.json', document.baseURI);
      const response = await fetch(url).catch(() => null);
      if (!response)
        throw new UserError(
          'The list of packs cannot be reached: check the network, then try again. After one visit with a network the page opens without.',
          'models/index.json',
        );
      if (!response.ok)
        throw new UserError(
          `The list of packs is missing on the server (models/index.json, status ${response.status}): put it back, then try again.`,
          'models/index.json',
        );
      return parsePackList(await response.text(), url.href);
    },
    defer(run) {
      const first = deferred === null;
      deferred ??= new Map();
      deferred.set(run, true);
      if (!first) return;
      requestAnimationFrame(() =>
        setTimeout(() => {
          const runs = deferred!;
          deferred = null;
          for (const later of runs.keys()) later();
        }),
      );
    },
  };
}
