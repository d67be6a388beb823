/** A person's own checkpoints. Most visits have none, so their code comes when it is first asked for. */
import type { CheckpointOperations } from '../checkpoint/operations';
import type { Handler } from '../handler';

type CheckpointHandlers = { [K in keyof CheckpointOperations]: Handler<K> };
const load = () => import('../checkpoint/run');
const loadExtract = () => import('../checkpoint/extract');

export const checkpoint: CheckpointHandlers = {
  checkpointOpen: async (body, context) => (await load()).checkpointOpen(body, context),
  checkpointReopen: async (body, context) => (await load()).checkpointReopen(body, context),
  checkpointClose: async (body, context) => (await load()).checkpointClose(body, context),
  checkpointKeep: async (body, context) => (await load()).checkpointKeep(body, context),
  checkpointStates: async (body, context) => (await load()).checkpointStates(body, context),
  checkpointSave: async (body, context) => (await load()).checkpointSave(body, context),
  keptList: async (body, context) => (await load()).keptList(body, context),
  keptDelete: async (body, context) => (await load()).keptDelete(body, context),
  tableRead: async (body, context) => (await loadExtract()).tableRead(body, context),
  extractBegin: async (body, context) => (await loadExtract()).extractBegin(body, context),
  extractRow: async (body, context) => (await loadExtract()).extractRow(body, context),
  extractEnd: async (body, context) => (await loadExtract()).extractEnd(body, context),
};
