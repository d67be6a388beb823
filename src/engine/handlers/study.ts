/** A person's own study. Most visits have none, so its code comes when it is first asked for. */
import type { Handler } from '../handler';
import type { StudyOperations } from '../study/operations';

type StudyHandlers = { [K in keyof StudyOperations]: Handler<K> };
const load = () => import('../study/run');

export const study: StudyHandlers = {
  studyRead: async (body, context) => (await load()).studyRead(body, context),
  studyTrain: async (body, context) => (await load()).studyTrain(body, context),
  studyPause: async (body, context) => (await load()).studyPause(body, context),
  studySave: async (body, context) => (await load()).studySave(body, context),
  studyHead: async (body, context) => (await load()).studyHead(body, context),
  studyForget: async (body, context) => (await load()).studyForget(body, context),
  studyOpen: async (body, context) => (await load()).studyOpen(body, context),
};
