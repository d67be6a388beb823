/**
 * Build steps around the page: its content security policy, the packs beside it, and the service worker's list of
 * files, which is read off the built folder so that nothing can be forgotten.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Plugin, ResolvedConfig } from 'vite';

/** The page, its workers and everything they fetch come from its own origin, and nothing goes anywhere else. */
export const contentSecurityPolicy = [
  "default-src 'self'",
  "connect-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'none'",
].join('; ');

const listFiles = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();

/** Not kept ahead of use: packs (kept by the engine), the worker itself, tfjs's build for engines without SIMD. */
const isKept = (file: string): boolean =>
  !file.startsWith('models/') && file !== 'sw.js' && !/tfjs-backend-wasm-[\w-]{8}\.wasm$/.test(file);

export function offline(): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'offline',
    apply: 'build',
    configResolved(resolved) {
      config = resolved;
    },
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
        injectTo: 'head-prepend',
      },
    ],
    closeBundle() {
      const out = resolve(config.root, config.build.outDir);
      const packs = join(config.root, 'models');
      if (existsSync(packs)) cpSync(packs, join(out, 'models'), { recursive: true });
      const files = listFiles(out).filter(isKept);
      const hash = createHash('sha256');
      for (const file of files) hash.update(file).update(readFileSync(join(out, file)));
      const at = join(out, 'sw.js');
      const code = readFileSync(at, 'utf8');
      const list = {
        version: hash.update(code).digest('hex').slice(0, 12),
        files,
        policy: contentSecurityPolicy,
      };
      if (!code.includes('__PRECACHE__')) throw new Error('sw.js has no place for its list of files');
      writeFileSync(
        at,
        code.replace('__PRECACHE__', () => JSON.stringify(list)),
      );
    },
  };
}
