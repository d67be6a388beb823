/** The page's side of the service worker: is the page kept, is a newer one waiting, inputs over a reload. */
import type { KeptInputs } from '../../store/context';
import type { OfflineState } from '../../store/state';
import type { FromServiceWorker, ToServiceWorker } from './messages';

/** Long enough for a service worker to wake, short enough not to be waited for. */
const ANSWER = 1500;

const container = (): ServiceWorkerContainer | null =>
  typeof navigator !== 'undefined' && 'serviceWorker' in navigator ? navigator.serviceWorker : null;

const send = (worker: ServiceWorker | null | undefined, message: ToServiceWorker, port?: MessagePort) =>
  worker?.postMessage(message, port ? [port] : []);

let registration: ServiceWorkerRegistration | null = null;

/** The inputs that were kept before a reload, once; null where there are none. */
export function takeKept(): Promise<KeptInputs | null> {
  const worker = container()?.controller;
  if (!worker) return Promise.resolve(null);
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const end = (inputs: KeptInputs | null) => {
      clearTimeout(late);
      port1.close();
      resolve(inputs);
    };
    const late = setTimeout(() => end(null), ANSWER);
    port1.onmessage = ({ data }: MessageEvent<KeptInputs | null>) => end(data);
    send(worker, { type: 'take' }, port2);
  });
}

/** Hand the inputs to the waiting version, let it take over, and open the page in it. */
export function reload(inputs: KeptInputs): void {
  const waiting = registration?.waiting;
  const workers = container();
  if (!waiting || !workers) return window.location.reload();
  workers.addEventListener('controllerchange', () => window.location.reload(), { once: true });
  send(waiting, { type: 'keep', inputs });
  send(waiting, { type: 'use' });
}

/**
 * Let the service worker see which packs there are. The first visit fetches its lists before a service worker is
 * there to keep them; later ones pass through it, and this costs a question whether they changed.
 */
export async function keepLists(addresses: string[]): Promise<void> {
  if (!container()?.controller) return;
  await Promise.allSettled(addresses.map((address) => fetch(address, { cache: 'no-cache' })));
}

const words = {
  none: 'This browser keeps no pages for use without a network; everything else works.',
  room: 'There is no room in this browser to keep the page for use without a network; everything else works.',
  failed: 'The page could not be kept for use without a network; everything else works.',
};

/**
 * Keep the page, and say how that stands, now and whenever it changes.
 * @param lists the addresses that say which packs there are, once the first pack is open
 */
export async function keepOffline(
  report: (state: OfflineState) => void,
  lists: () => string[],
): Promise<void> {
  const workers = container();
  if (!workers) return report({ state: 'unavailable', reason: words.none, update: false });
  let state: OfflineState = { state: 'unknown', update: false };
  const say = (change: Partial<OfflineState>) => report((state = { ...state, ...change }));
  workers.addEventListener('message', ({ data }: MessageEvent<FromServiceWorker>) => {
    if (data?.type !== 'not-kept') return;
    const reason = /quota/i.test(data.reason) ? words.room : words.failed;
    // An update that does not fit leaves the version that is kept.
    if (state.state !== 'ready') say({ state: 'unavailable', reason });
  });
  try {
    registration = await workers.register(new URL('sw.js', document.baseURI));
  } catch {
    return say({ state: 'unavailable', reason: words.failed });
  }
  const watch = () => {
    const next = registration?.installing;
    next?.addEventListener('statechange', () => {
      if (next.state === 'installed' && workers.controller) say({ update: true });
      if (next.state === 'redundant' && state.state === 'unknown')
        say({ state: 'unavailable', reason: words.failed });
    });
  };
  registration.addEventListener('updatefound', watch);
  watch();
  if (registration.waiting && workers.controller) say({ update: true });
  await workers.ready;
  // `claim` of the first visit may come a moment after `ready`; after a forced reload it does not come at all.
  if (!workers.controller)
    await new Promise((resolve) => {
      workers.addEventListener('controllerchange', resolve, { once: true });
      setTimeout(resolve, 2 * ANSWER);
    });
  await keepLists(lists());
  say({ state: 'ready', reason: undefined });
}
