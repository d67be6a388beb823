/** All heads and probes of the tiny pack on our WASM kernels against the same on plain JavaScript. */
import { expect, it } from 'vitest';
import { createHeads } from '../../../src/fusion/heads';
import { openPack } from '../../../src/packs/open';
import { memorySource } from '../../../src/packs/source';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';
import { folderlessTinyPack } from './tiny';

const wave = (count: number, step: number) =>
  Float32Array.from({ length: count }, (_, i) => 2 * Math.sin(i * step));

it.each([1, 5])('every head, the one that is alone in its group too, %i samples', async (n) => {
  const files = await openPack(memorySource(await folderlessTinyPack()));
  const said: Float32Array[] = [];
  for (const backend of ['cpu', 'wasm'] as const) {
    expect((await startNode({ backend })).backend).toBe(backend);
    const heads = createHeads(await files.heads('video-audio', 'digit', 'none'));
    const a = tf.tensor(wave(n * 96, 1), [n, 3, 32]);
    const b = tf.tensor(wave(n * 96, 3), [n, 3, 32]);
    // Twice: what is packed once is used again.
    await heads.run(a, b);
    said.push(await heads.run(a, b));
    heads.dispose();
  }
  let worst = 0;
  said[0].forEach((p, i) => (worst = Math.max(worst, Math.abs(p - said[1][i]))));
  expect(worst).toBeLessThan(1e-5);
});
