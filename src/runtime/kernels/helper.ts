/** Entry of a helper thread in the browser: a worker of the worker that owns tfjs. */
import { type HelperStart, runHelper } from './threads';

self.onmessage = ({ data }: MessageEvent<HelperStart>) => runHelper(data, () => self.postMessage('ready'));
