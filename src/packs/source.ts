/** Where the files of a pack come from: a server, a folder (cli), memory (tests). */
import { UserError } from '../math/errors';

export interface ReadOptions {
  signal?: AbortSignal;
  /** More bytes than this are an error, so that a wrong file cannot fill the memory. */
  limit: number;
  /** Bytes that arrived since the last call. */
  onBytes?: (bytes: number) => void;
}

export interface Source {
  /** For messages: a URL or a folder. */
  readonly name: string;
  /** @throws UserError if the file is not there, cannot be reached or is longer than the limit */
  read(path: string, options: ReadOptions): Promise<Uint8Array<ArrayBuffer>>;
}

export const missing = (path: string, where: string): UserError =>
  new UserError(`The file ${path} of the pack at ${where} is missing; the pack is incomplete there.`, path);

export const tooLong = (path: string, limit: number): UserError =>
  new UserError(
    `The file ${path} is longer than the ${limit} bytes that the pack gives for it; reload the page, or get the pack again.`,
    path,
  );

/** Files under a URL. @param fetcher for tests */
export function fetchSource(url: string, fetcher: typeof fetch = fetch.bind(globalThis)): Source {
  const base = url.endsWith('/') ? url : `${url}/`;
  return {
    name: url,
    async read(path, { signal, limit, onBytes }) {
      let response: Response;
      try {
        // pack.json says which bytes the others must be, so only it has to be fresh
        response = await fetcher(base + path, {
          signal,
          cache: path === 'pack.json' ? 'no-cache' : 'default',
        });
      } catch (error) {
        if (signal?.aborted) throw error;
        throw unreachable(path);
      }
      if (response.status === 404 || isPage(response, path)) throw missing(path, url);
      if (!response.ok)
        throw new UserError(
          `The server answered ${response.status} for the file ${path}; try again later.`,
          path,
        );
      try {
        return await readBody(response, path, limit, onBytes);
      } catch (error) {
        if (signal?.aborted || error instanceof UserError) throw error;
        throw unreachable(path);
      }
    },
  };
}

const unreachable = (path: string): UserError =>
  new UserError(
    `The file ${path} could not be downloaded: check the network and try again; nothing you entered is lost.`,
    path,
  );

/** A host that answers every address with its start page means that the file is not there. */
const isPage = (response: Response, path: string): boolean =>
  (response.headers.get('content-type') ?? '').includes('text/html') && !path.endsWith('.html');

async function readBody(
  response: Response,
  path: string,
  limit: number,
  onBytes?: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw tooLong(path, limit);
    }
    chunks.push(value);
    onBytes?.(value.length);
  }
  const out = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    out.set(chunk, offset);
    offset += chunk.length;
  }
  return out;
}

/** Files in memory. */
export const memorySource = (files: ReadonlyMap<string, Uint8Array>, name = 'memory'): Source => ({
  name,
  async read(path, { signal, limit, onBytes }) {
    signal?.throwIfAborted();
    const bytes = files.get(path);
    if (!bytes) throw missing(path, name);
    if (bytes.length > limit) throw tooLong(path, limit);
    onBytes?.(bytes.length);
    return bytes.slice();
  },
});
