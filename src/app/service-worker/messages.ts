/** What the page and its service worker say to each other. */
import type { KeptInputs } from '../../store/context';

export type ToServiceWorker =
  | { type: 'keep'; inputs: KeptInputs }
  /** Answered on the port, with the inputs or null. */
  | { type: 'take' }
  /** Take over now. */
  | { type: 'use' };

/** The page's files could not be kept: the name of the error. */
export type FromServiceWorker = { type: 'not-kept'; reason: string };
