/** The worker that owns tfjs and everything heavy. */
import { browserCache } from '../packs/cache';
import { fetchSource } from '../packs/source';
import { browserRoot } from './checkpoint/private-files';
import { createDispatcher } from './dispatch';
import { handlers } from './handlers';
import { start } from './handlers/start';
import type { FromWorker, ToWorker } from './protocol';
import { Session } from './session';

const session = new Session((url) => fetchSource(url), browserCache());
session.privateRoot = browserRoot();
const dispatch = createDispatcher({ ...handlers, start }, session, (message: FromWorker) =>
  postMessage(message),
);
addEventListener('message', ({ data }: MessageEvent<ToWorker>) => dispatch(data));
