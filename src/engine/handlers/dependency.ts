/** The dependency between A and B. Most visits do not ask for it, so its code comes when it is first asked for. */
import type { DependencyOperations } from '../dependency/operations';
import type { Handler } from '../handler';

type DependencyHandlers = { [K in keyof DependencyOperations]: Handler<K> };
const load = () => import('../dependency/run');

export const dependency: DependencyHandlers = {
  alignments: async (body, context) => (await load()).alignments(body, context),
  explain: async (body, context) => (await load()).explain(body, context),
};
