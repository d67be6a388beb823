/**
 * Serves the built page, building it first where it is missing or older than its sources: `npm start`.
 * `--port N` or PORT; the next free one is taken where it is in use.
 */
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { spawnSync } from 'node:child_process';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.md': 'text/markdown; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};
const compressed = new Set(['.html', '.js', '.css', '.json', '.svg', '.wasm', '.webmanifest', '.md', '.txt']);

/** The policy that the build wrote into the page, with what only a header can say. */
function policyOf(page) {
  const [, content] = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(page) ?? [];
  return content ? `${content.replaceAll('&#39;', "'")}; frame-ancestors 'none'` : undefined;
}

/**
 * A server of static files.
 * @param {object} options
 * @param {string} options.folder what `/` is
 * @param {Record<string, string>} [options.mounts] other folders, by the start of their path: `/models/`
 * @param {boolean} [options.headers] false: as a host that sets no headers of its own
 * @param {(path: string) => { status?: number, body?: string | Buffer, type?: string } | undefined} [options.replace]
 *   for tests: another answer for a path
 */
export function staticServer({ folder, mounts = {}, headers = true, replace }) {
  const policy = policyOf(readFileSync(join(folder, 'index.html'), 'utf8'));
  const isolation = {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    ...(policy && { 'Content-Security-Policy': policy }),
  };
  const locate = (path) => {
    for (const [start, other] of Object.entries(mounts))
      if (path.startsWith(start)) return [other, path.slice(start.length)];
    return [folder, path.slice(1)];
  };
  return createServer((request, response) => {
    const end = (status, text, extra = {}) => {
      response.writeHead(status, { 'Content-Type': types['.txt'], ...(headers && isolation), ...extra });
      response.end(request.method === 'HEAD' ? undefined : text);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return end(405, 'Only GET and HEAD.', { Allow: 'GET, HEAD' });
    let path;
    try {
      path = decodeURIComponent(new URL(request.url, 'http://host').pathname);
    } catch {
      return end(400, 'Not an address.');
    }
    if (path.includes('\0')) return end(400, 'Not an address.');
    if (path.endsWith('/')) path += 'index.html';
    const other = replace?.(path);
    if (other) {
      const type = other.type ?? types[extname(path)] ?? 'application/octet-stream';
      return end(other.status ?? 200, other.body ?? '', {
        'Content-Type': type,
        'Cache-Control': 'no-cache',
      });
    }
    const [base, rest] = locate(path);
    const file = normalize(join(base, rest));
    const inside = file.startsWith(normalize(base + sep));
    const info = inside ? statSync(file, { throwIfNoEntry: false }) : undefined;
    if (!info?.isFile()) return end(404, 'Not found.');
    const type = extname(file);
    const zipped = compressed.has(type) && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    const tag = `"${info.size.toString(36)}-${info.mtimeMs.toString(36)}"`;
    const all = {
      'Content-Type': types[type] ?? 'application/octet-stream',
      'Cache-Control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      ETag: tag,
      Vary: 'Accept-Encoding',
      ...(headers && isolation),
    };
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304, all);
      return response.end();
    }
    response.writeHead(
      200,
      zipped ? { ...all, 'Content-Encoding': 'gzip' } : { ...all, 'Content-Length': info.size },
    );
    if (request.method === 'HEAD') return response.end();
    const stream = createReadStream(file).on('error', () => response.destroy());
    if (zipped) stream.pipe(createGzip()).pipe(response);
    else stream.pipe(response);
  });
}

/** @returns {Promise<number>} the port: the wanted one, or one of the next twenty where it is in use; 0: any */
export function listen(server, wanted, host = 'localhost') {
  return new Promise((resolve, reject) => {
    let port = wanted;
    server.on('error', (error) => {
      if (error.code === 'EADDRINUSE' && wanted && port < wanted + 20) server.listen(++port, host);
      else reject(error);
    });
    server.on('listening', () => resolve(server.address().port));
    server.listen(port, host);
  });
}

const newest = (path) => {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) return 0;
  if (!info.isDirectory()) return info.mtimeMs;
  return readdirSync(path).reduce((time, name) => Math.max(time, newest(join(path, name))), 0);
};

const sources = [
  'src',
  'public',
  'models',
  'index.html',
  'vite.config.ts',
  'scripts/vite-offline.ts',
  'package.json',
];

/** Builds where `dist` is missing or older than its sources. @returns the folder */
export function ensureBuilt() {
  const folder = join(root, 'dist');
  const built = newest(join(folder, 'sw.js'));
  if (!built || sources.some((source) => newest(join(root, source)) > built)) {
    console.log('Building …');
    const { status } = spawnSync('npm', ['run', '--silent', 'build', '--', '--logLevel', 'warn'], {
      cwd: root,
      // Whoever asks (a test runner, say): the build is the one that is shipped.
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0 || !existsSync(join(folder, 'index.html'))) throw new Error('The build failed.');
  }
  return folder;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const flag = process.argv.indexOf('--port');
  const wanted = Number(flag > 0 ? process.argv[flag + 1] : (process.env.PORT ?? 4173));
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65535) {
    console.error('--port takes a number from 0 to 65535.');
    process.exit(1);
  }
  const port = await listen(staticServer({ folder: ensureBuilt() }), wanted);
  console.log(`Skewscope: http://localhost:${port}/  (Ctrl+C stops it)`);
}
