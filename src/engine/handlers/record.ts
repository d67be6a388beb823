import type { Handler } from '../handler';

export const record: Handler<'record'> = async ({ condition, split, ...scope }, { session, progress }) =>
  (await session.pack()).record(scope, condition, split, progress);
