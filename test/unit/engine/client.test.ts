import { describe, expect, it, vi } from 'vitest';
import { createEngine } from '../../../src/engine/client';
import type { Restart } from '../../../src/engine/engine';
import type { BackendName, BackendStatus } from '../../../src/engine/protocol';
import { silentWorker } from './in-process';

type Silent = ReturnType<typeof silentWorker>;

const status = (backend: BackendName): BackendStatus => ({
  backend,
  threads: 1,
  selfTestError: 0,
  reason: 'test',
  kernels: 'stock',
});

function setUp() {
  const workers: Silent[] = [];
  const engine = createEngine(() => {
    const worker = silentWorker();
    workers.push(worker);
    return worker;
  });
  return { engine, workers, last: () => workers.at(-1)! };
}
const started = (worker: Silent, backend: BackendName) =>
  worker.say({ type: 'reply', id: worker.ids('start')[0], op: 'start', body: status(backend) });
const tick = () => new Promise((resolve) => setTimeout(resolve));

async function running(backend: BackendName = 'webgpu') {
  const all = setUp();
  const ready = all.engine.start('auto');
  started(all.last(), backend);
  await ready;
  return all;
}
const memoryReply = (worker: Silent, id: number, tensors: number) =>
  worker.say({ type: 'reply', id, op: 'memory', body: { tensors, bytes: 0 } });

describe('requests', () => {
  it('spawns no worker before it is needed, and one at the first call', async () => {
    const { engine, workers } = setUp();
    expect(workers).toHaveLength(0);
    const asked = engine.call('memory', {});
    expect(workers).toHaveLength(1);
    started(workers[0], 'cpu');
    await tick();
    memoryReply(workers[0], workers[0].ids('memory')[0], 7);
    expect(await asked).toEqual({ tensors: 7, bytes: 0 });
  });
  it('match replies to requests by id, in any order', async () => {
    const { engine, last } = await running();
    const two = [engine.call('memory', {}), engine.call('memory', {})];
    await tick();
    const [first, second] = last().ids('memory');
    memoryReply(last(), second, 2);
    memoryReply(last(), first, 1);
    expect((await Promise.all(two)).map(({ tensors }) => tensors)).toEqual([1, 2]);
  });
  it('report progress until they end, and not after', async () => {
    const { engine, last } = await running();
    const seen: number[] = [];
    const asked = engine.call(
      'similarity',
      { pairing: 'p', measure: 'cka' },
      { onProgress: ({ done }) => seen.push(done) },
    );
    await tick();
    const [id] = last().ids('similarity');
    const say = (done: number) =>
      last().say({ type: 'progress', id, op: 'similarity', body: { done, total: 3 } });
    say(1);
    say(2);
    last().say({ type: 'reply', id, op: 'similarity', body: { values: new Float32Array(1), n: 3 } });
    say(3);
    await asked;
    expect(seen).toEqual([1, 2]);
  });
  it('of one lane, only the latest is answered and the worker is told to stop the others', async () => {
    const { engine, last } = await running();
    const early = engine.call('memory', {}, { lane: 'x' });
    const elsewhere = engine.call('memory', {}, { lane: 'y' });
    const late = engine.call('memory', {}, { lane: 'x' });
    await expect(early).rejects.toMatchObject({ code: 'superseded' });
    const [a, b, c] = last().ids('memory');
    expect(last().sent).toContainEqual({ type: 'abort', id: a });
    memoryReply(last(), a, 1);
    memoryReply(last(), b, 2);
    memoryReply(last(), c, 3);
    expect([(await elsewhere).tensors, (await late).tensors]).toEqual([2, 3]);
  });
  it('can be aborted, before and while they run', async () => {
    const { engine, last } = await running();
    const abort = new AbortController();
    const asked = engine.call('memory', {}, { signal: abort.signal });
    await tick();
    abort.abort();
    await expect(asked).rejects.toMatchObject({ code: 'aborted' });
    expect(last().sent).toContainEqual({ type: 'abort', id: last().ids('memory')[0] });
    await expect(engine.call('memory', {}, { signal: abort.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
  it('fail with the code, the words and the subject that the worker gives', async () => {
    const { engine, last } = await running();
    const asked = engine.call('memory', {});
    await tick();
    last().say({ type: 'failure', id: last().ids('memory')[0], code: 'user', message: 'No.', subject: 'a' });
    await expect(asked).rejects.toMatchObject({ code: 'user', message: 'No.', subject: 'a' });
  });
});

describe('a lost worker', () => {
  it('is replaced on the next best backend, and what waited fails as lost', async () => {
    const { engine, workers, last } = await running('webgpu');
    const restarts: Restart[] = [];
    engine.onRestart((restart) => restarts.push(restart));
    const waiting = engine.call('memory', {});
    await tick();
    workers[0].say({ type: 'lost', reason: 'The device was removed' });
    await expect(waiting).rejects.toMatchObject({ code: 'device-lost' });
    expect(workers[0].terminated).toBe(true);
    expect(workers).toHaveLength(2);
    expect(last().sent[0]).toMatchObject({ op: 'start', body: { choice: 'auto', except: ['webgpu'] } });
    started(last(), 'wasm');
    await tick();
    expect(restarts).toEqual([{ status: status('wasm'), reason: expect.stringContaining('WebGPU stopped') }]);
    expect(restarts[0].reason).toContain('The device was removed.');
  });
  it('falls from wasm to cpu after a crash, and says when nothing is left', async () => {
    const { engine, workers, last } = await running('wasm');
    const words = vi.fn();
    engine.onDead(words);
    workers[0].crash('out of memory');
    // WebGPU had not failed in the client's knowledge: it is not ruled out by a crash on wasm.
    expect(last().sent[0]).toMatchObject({ body: { except: ['wasm'] } });
    started(last(), 'cpu');
    await tick();
    last().crash('again');
    started(last(), 'webgpu');
    await tick();
    last().crash('and again');
    await tick();
    expect(words).toHaveBeenCalledWith(expect.stringContaining('No backend works'));
    await expect(engine.call('memory', {})).rejects.toMatchObject({ code: 'device-lost' });
  });
  it('that crashes while it starts rules out the backend it tried', async () => {
    const { engine, workers, last } = setUp();
    const ready = engine.start('wasm');
    workers[0].crash('bad instruction');
    await tick();
    expect(workers).toHaveLength(2);
    expect(last().sent[0]).toMatchObject({ body: { choice: 'wasm', except: ['wasm'] } });
    started(last(), 'cpu');
    expect((await ready).backend).toBe('cpu');
  });
  it('whose script does not arrive is said to be so, and may be tried again', async () => {
    const { engine, workers, last } = setUp();
    const ready = engine.start('auto');
    workers[0].onerror?.({});
    await expect(ready).rejects.toMatchObject({ code: 'user', message: expect.stringContaining('network') });
    expect(workers).toHaveLength(1);
    const again = engine.start('auto');
    started(last(), 'wasm');
    expect((await again).backend).toBe('wasm');
  });
  it('forgets the failures when a person chooses a backend', async () => {
    const { engine, workers, last } = await running('webgpu');
    workers[0].say({ type: 'lost', reason: 'gone' });
    started(last(), 'wasm');
    await tick();
    const ready = engine.start('webgpu');
    expect(last().sent[0]).toMatchObject({ body: { choice: 'webgpu', except: [] } });
    started(last(), 'webgpu');
    expect((await ready).backend).toBe('webgpu');
    expect(workers[1].terminated).toBe(true);
  });
  it('does not take down the worker that was started meanwhile', async () => {
    const { engine, workers, last } = setUp();
    const early = engine.start('auto');
    const late = engine.start('cpu');
    await expect(early).rejects.toMatchObject({ code: 'superseded' });
    expect(workers[0].terminated).toBe(true);
    started(last(), 'cpu');
    expect((await late).backend).toBe('cpu');
    expect(last().terminated).toBe(false);
  });
});
