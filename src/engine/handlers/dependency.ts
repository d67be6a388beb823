/** The dependency between A and B. Most visits do not ask for it, so its code comes when it is first asked for. */
import type { DependencyOperations } from '../dependency/operations';
import type { Handler } from '../handler';

type DependencyHandlers = { [K in keyof DependencyOperations]: Handler<K> };
const load = () => import('../dependency/run');

export const dependency: DependencyHandlers = {
  alignments: async (body, context) => (await load()).alignments(body, context),
  explain: async (body, context) => (await load()).explain(body, context),
  telling: async (body, context) => (await load()).telling(body, context),
  penalty: async (body, context) => (await load()).penalty(body, context),
  variant: async (scope, { session, signal, progress }) => {
    const opened = await session.pack();
    const watch = ({ loaded, total }: { loaded: number; total: number }) => {
      if (!signal.aborted) progress({ done: loaded, total });
    };
    await opened.heads(scope, watch);
    if (scope.seeds) await opened.seeds(scope, watch);
    signal.throwIfAborted();
    return {};
  },
};
