import { expect, it, vi } from 'vitest';
import { createAppStore } from '../../../src/store/store';
import { madeUpEngine } from '../../demo/made-up-engine';
import { madeUpSurroundings } from '../../demo/surroundings';

it('stops the download of a pack, says so, and fetches it again on request', async () => {
  const store = createAppStore(madeUpEngine({ delay: 40 }), madeUpSurroundings());
  const started = store.getState().start();
  await vi.waitFor(() => expect(store.getState().packBytes.total).toBeGreaterThan(0));
  store.getState().cancelPack();
  await started;
  expect(store.getState().pack).toMatchObject({ state: 'failed', message: expect.stringMatching(/stopped/) });
  store.getState().retry();
  await vi.waitFor(() => expect(store.getState().pack.state).toBe('ready'), 5000);
});
