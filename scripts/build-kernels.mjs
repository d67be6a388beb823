/**
 * Builds the WebAssembly side module (src/runtime/kernels/assembly) into src/runtime/kernels/generated:
 * `simd` runs on any engine with SIMD, `fma` where relaxed SIMD exists, `-threads` on a shared memory.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('../src/runtime/kernels/', import.meta.url));
const out = join(folder, 'generated');
const source = join(folder, 'assembly');

const common = ['--runtime', 'stub', '-O3', '--noAssert', '--importMemory', '--use', 'abort='];
const threads = ['--enable', 'threads', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'];
const variants = {
  simd: ['--enable', 'simd'],
  fma: ['--enable', 'simd', '--enable', 'relaxed-simd'],
  'simd-threads': ['--enable', 'simd', ...threads],
  'fma-threads': ['--enable', 'simd', '--enable', 'relaxed-simd', ...threads],
};

/** Section ids of a WebAssembly binary. */
function sections(bytes) {
  const ids = [];
  for (let at = 8; at < bytes.length;) {
    ids.push(bytes[at++]);
    let size = 0;
    for (let shift = 0, byte = 128; byte & 128; shift += 7) size |= ((byte = bytes[at++]) & 127) << shift;
    at += size;
  }
  return ids;
}

const hash = createHash('sha256').update(readFileSync(fileURLToPath(import.meta.url)));
for (const name of readdirSync(source).sort()) hash.update(name).update(readFileSync(join(source, name)));
const digest = hash.digest('hex');
const stamp = join(out, 'built-from.txt');
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) process.exit(0);

mkdirSync(out, { recursive: true });
for (const [name, flags] of Object.entries(variants)) {
  const file = join(out, `${name}.wasm`);
  const { error, stderr } = await asc.main([join(source, 'index.ts'), '-o', file, ...common, ...flags]);
  if (error) {
    console.error(stderr.toString());
    throw error;
  }
  const bytes = readFileSync(file);
  // Section 11 is data: it would be written over tfjs's own memory.
  if (sections(bytes).includes(11))
    throw new Error(`${name}.wasm has static data; the kernels may have none`);
  console.log(`${name}.wasm ${bytes.length} bytes`);
}
writeFileSync(stamp, digest);
