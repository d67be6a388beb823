/**
 * The service worker: the page's own files, kept for use without a network; the headers that isolate the page, for
 * static hosts that cannot set them; inputs held in memory over the reload into a new version. The files of packs are
 * kept by the engine, which checks their hashes. The build puts in the list of files and its version.
 */
import type { FromServiceWorker, ToServiceWorker } from './messages';

declare const self: ServiceWorkerGlobalScope;
declare const __PRECACHE__: { version: string; files: string[]; policy: string };

const { version, files, policy } = __PRECACHE__;
const PREFIX = 'skewscope-page-';
const cacheName = PREFIX + version;
/** What says which packs there are: fresh where there is a network, else as last seen. */
const listCache = 'skewscope-lists-1';
const isList = (path: string) => /\/models\/(index\.json|[^/]+\/pack\.json)$/.test(path);

const scope = new URL(self.registration.scope);
const kept = new Set(files.map((file) => new URL(file, scope).href));
const start = new URL('index.html', scope).href;

async function tell(message: FromServiceWorker): Promise<void> {
  for (const client of await self.clients.matchAll({ includeUncontrolled: true }))
    client.postMessage(message);
}

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      try {
        const cache = await caches.open(cacheName);
        // 'no-cache' asks the server, so that a half-updated host cannot fill it with old files.
        await cache.addAll([...kept].map((url) => new Request(url, { cache: 'no-cache' })));
      } catch (error) {
        await caches.delete(cacheName).catch(() => false);
        await tell({ type: 'not-kept', reason: error instanceof Error ? error.name : String(error) });
        throw error;
      }
    })(),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      // The version before stays: tabs that were opened with it may still fetch parts of it.
      const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== cacheName);
      for (const name of old.slice(0, -1)) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

/** The response with the headers that isolate the page and keep it to its own origin. */
function isolated(response: Response): Response {
  if (response.type === 'opaque' || response.type === 'opaqueredirect' || response.status === 0)
    return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Content-Security-Policy', policy);
  const { status, statusText } = response;
  return new Response(status === 204 || status === 304 ? null : response.body, {
    status,
    statusText,
    headers,
  });
}

async function listed(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    if (response.ok) {
      const copy = response.clone();
      // No room to keep it costs the visit without a network, not this one.
      await caches
        .open(listCache)
        .then((cache) => cache.put(request.url, copy))
        .catch(() => undefined);
    }
    return response;
  } catch (error) {
    const before = await caches.open(listCache).then((cache) => cache.match(request.url));
    if (before) return before;
    throw error;
  }
}

async function answer(request: Request, url: URL): Promise<Response> {
  const page =
    request.mode === 'navigate' &&
    (url.href.split(/[?#]/)[0] === scope.href || url.pathname.endsWith('/index.html'));
  const wanted = page ? start : url.origin + url.pathname;
  if (kept.has(wanted)) {
    const held = await caches
      .open(cacheName)
      .then((cache) => cache.match(wanted))
      .catch(() => undefined);
    if (held) return isolated(held);
  }
  if (url.pathname.includes('/assets/')) {
    const earlier = await caches.match(wanted).catch(() => undefined);
    if (earlier) return isolated(earlier);
  }
  return isolated(isList(url.pathname) ? await listed(request) : await fetch(request));
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== scope.origin || !url.href.startsWith(scope.href)) return;
  event.respondWith(answer(request, url));
});

/** Held for the seconds of a reload, given back once. */
let inputs: unknown = null;

self.addEventListener('message', ({ data, ports }) => {
  const message = data as ToServiceWorker;
  if (message.type === 'keep') inputs = message.inputs;
  else if (message.type === 'take') {
    ports[0]?.postMessage(inputs);
    inputs = null;
  } else if (message.type === 'use') void self.skipWaiting();
});
