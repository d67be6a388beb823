import { describe, expect, it } from 'vitest';
import { createDispatcher, failureCode } from '../../../src/engine/dispatch';
import { fingerprint } from '../../../src/engine/fingerprint';
import { BackendLost, type Handlers } from '../../../src/engine/handler';
import { handlers } from '../../../src/engine/handlers';
import type { FromWorker, ModalityInput } from '../../../src/engine/protocol';
import { Session } from '../../../src/engine/session';
import { UserError } from '../../../src/math/errors';
import { memorySource } from '../../../src/packs/source';

function dispatcher(memory: Handlers['memory']) {
  const said: FromWorker[] = [];
  const start: Handlers['start'] = () => Promise.reject(new Error('not here'));
  const session = new Session(() => memorySource(new Map()), null);
  const send = createDispatcher({ ...handlers, start, memory }, session, (message) => said.push(message));
  return { said, send, ask: (id: number) => send({ type: 'request', id, op: 'memory', body: {} }) };
}
const tick = () => new Promise((resolve) => setTimeout(resolve));

describe('failures', () => {
  it.each([
    [new UserError('No.'), 'user'],
    [new BackendLost('gone'), 'device-lost'],
    [new RangeError('Array buffer allocation failed'), 'out-of-memory'],
    [new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory'), 'out-of-memory'],
    [new Error('Aborted(OOM). Build with -sASSERTIONS for more info.'), 'out-of-memory'],
    [new Error('out of memory'), 'out-of-memory'],
    [new TypeError('x is undefined'), 'fault'],
    ['a string', 'fault'],
  ])('%s is %s', (error, code) => {
    expect(failureCode(error, false)).toBe(code);
    expect(failureCode(error, true)).toBe('aborted');
  });
  it('tell the page that the worker is of no use only where another backend helps', async () => {
    for (const [error, lost] of [
      [new UserError('No.'), false],
      [new TypeError('x'), false],
      [new BackendLost('gone'), true],
      [new RangeError('out of memory'), true],
    ] as const) {
      const { said, ask } = dispatcher(() => Promise.reject(error));
      ask(1);
      await tick();
      expect(said[0]).toMatchObject({ type: 'failure', id: 1 });
      expect(said.some(({ type }) => type === 'lost')).toBe(lost);
    }
  });
  it('of a request that was aborted say so, and it reports no more', async () => {
    const { said, send, ask } = dispatcher(
      (_, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
    );
    ask(5);
    send({ type: 'abort', id: 5 });
    await tick();
    expect(said).toEqual([
      { type: 'failure', id: 5, code: 'aborted', message: 'stopped', subject: undefined },
    ]);
  });
  it('say that no pack is open', async () => {
    const { said, send } = dispatcher(() => Promise.reject(new Error('unused')));
    send({ type: 'request', id: 2, op: 'similarity', body: { pairing: 'p', measure: 'cka' } });
    await tick();
    expect(said[0]).toMatchObject({ type: 'failure', code: 'fault', message: 'No pack is open.' });
  });
});

describe('fingerprint', () => {
  const sound = (...samples: number[]): ModalityInput => ({
    kind: 'audio',
    samples: Float32Array.from(samples),
    sampleRate: 16000,
  });
  it('is the same for the same content, whatever object it is in', () => {
    expect(fingerprint(sound(1, 2), { snrDb: 3, cut: undefined })).toBe(
      fingerprint(structuredClone(sound(1, 2)), { snrDb: 3 }),
    );
  });
  it('differs with any sample, their order, their number, the rate and the degradation', () => {
    const all = [
      fingerprint(sound(1, 2), {}),
      fingerprint(sound(2, 1), {}),
      fingerprint(sound(1, 2, 0), {}),
      fingerprint(sound(1, 2.0000002), {}),
      fingerprint({ ...sound(1, 2), sampleRate: 8000 } as ModalityInput, {}),
      fingerprint(sound(1, 2), { snrDb: 3 }),
      fingerprint(sound(1, 2), { cut: 3 }),
      fingerprint({ kind: 'text', text: 'a' }, {}),
      fingerprint({ kind: 'text', text: 'b' }, {}),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});
