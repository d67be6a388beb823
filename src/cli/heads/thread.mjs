// Threads do not inherit the loader that the command line asked for, so a thread asks for it itself.
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
