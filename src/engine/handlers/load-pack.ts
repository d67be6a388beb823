import type { Handler } from '../handler';
import { breathe } from '../modality';
import { predictStates } from '../predict';
import type { OpenedPack } from '../session';

/** Run everything once on nothing in particular: the first prediction must not wait for shaders to compile. */
async function warm(opened: OpenedPack, signal: AbortSignal): Promise<void> {
  const { pack } = opened.files;
  const [pairing] = pack.pairings;
  const [task] = pack.tasks;
  const none = { input: null, degradation: {} };
  for (const id of [pairing.a, pairing.b]) {
    await opened.modality(id).warm();
    await breathe(signal);
  }
  const scope = { pairing: pairing.id, task: task.id, variant: pack.variants[0].id };
  const a = await opened.modality(pairing.a).states(none, signal);
  const b = await opened.modality(pairing.b).states(none, signal);
  await predictStates(opened, scope, a.values, b.values);
}

export const loadPack: Handler<'loadPack'> = ({ url }, { session, signal, progress }) =>
  session.foreground(async () => {
    let total = 0;
    const opened = await session.open(url.replace(/pack\.json$/, ''), {
      signal,
      onProgress: (p) => {
        total = p.total;
        progress(p);
      },
    });
    progress({ loaded: total, total, file: 'warming up' });
    await warm(opened, signal);
    const { pack, bytes, cached, notices } = opened.files;
    return { pack, bytes, cached, notices: [...notices] };
  });

export const deletePack: Handler<'deletePack'> = async ({ url }, { session }) => ({
  bytes: (await session.cache?.delete(url.replace(/pack\.json$/, ''))) ?? 0,
});
