/** Keeps the verified files of packs in the browser, by the hash they must have. */

export interface FileCache {
  get(url: string, sha256: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** @throws where there is no room: the pack works all the same */
  put(url: string, sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Forgets what lies under the URL. @returns how many bytes that were */
  delete(url: string): Promise<number>;
}

const cacheName = 'skewscope-packs-1';
const keyOf = (url: string, sha256: string): string => `${url}?sha256=${sha256}`;

/** In the Cache API; null where the browser has none (no secure context, storage refused). */
export function browserCache(storage: CacheStorage | undefined = globalThis.caches): FileCache | null {
  if (!storage) return null;
  return {
    async get(url, sha256) {
      const hit = await (await storage.open(cacheName)).match(keyOf(url, sha256));
      return hit ? new Uint8Array(await hit.arrayBuffer()) : null;
    },
    async put(url, sha256, bytes) {
      const headers = { 'content-length': String(bytes.length) };
      await (await storage.open(cacheName)).put(keyOf(url, sha256), new Response(bytes, { headers }));
    },
    async delete(url) {
      const cache = await storage.open(cacheName);
      let bytes = 0;
      for (const request of await cache.keys()) {
        const address = new URL(request.url);
        if (!(address.origin + address.pathname).startsWith(url)) continue;
        const hit = await cache.match(request);
        bytes += Number(hit?.headers.get('content-length') ?? 0);
        await cache.delete(request);
      }
      return bytes;
    },
  };
}
