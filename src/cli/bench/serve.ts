/** A file server for benchmarks: this machine only, any port, cross-origin isolated or not. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

export interface Served {
  url: string;
  close(): void;
}

/** @param folders URL prefix → folder; the longest prefix that fits is taken */
export async function serve(folders: Record<string, string>, isolated: boolean): Promise<Served> {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://local').pathname));
    const prefix = prefixes.find((p) => path.startsWith(p));
    const name = prefix && path.slice(prefix.length);
    if (name === undefined) return void response.writeHead(404).end();
    const file = join(folders[prefix!], name === '' ? 'index.html' : name);
    readFile(file).then(
      (bytes) => {
        const headers: Record<string, string> = {
          'Content-Type': types[extname(file)] ?? 'application/octet-stream',
        };
        if (isolated) {
          headers['Cross-Origin-Opener-Policy'] = 'same-origin';
          headers['Cross-Origin-Embedder-Policy'] = 'require-corp';
        }
        response.writeHead(200, headers).end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() };
}
