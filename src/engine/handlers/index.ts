/** One handler for each operation of the protocol. */
import type { Handlers } from '../handler';
import { bootstrap } from './bootstrap';
import { checkpoint } from './checkpoint';
import { dependency } from './dependency';
import { ensemble } from './ensemble';
import { intervals } from './intervals';
import { deletePack, loadPack } from './load-pack';
import { memory } from './memory';
import { predict } from './predict';
import { projection } from './projection';
import { record } from './record';
import { samples } from './samples';
import { overview } from '../overview/handlers';
import { similarity } from './similarity';
import { study } from './study';
import { warm } from './warm';

/** All but `start`, which knows where the browser's files are; `worker.ts` adds it. */
export const handlers: Omit<Handlers, 'start'> = {
  loadPack,
  deletePack,
  predict,
  record,
  samples,
  bootstrap,
  intervals,
  ensemble,
  similarity,
  projection,
  memory,
  warm,
  ...overview,
  ...dependency,
  ...study,
  ...checkpoint,
};
