import { UserError } from '../../math/errors';
import { lastDeviceError } from '../../runtime/backend';
import { BackendLost, type Handler } from '../handler';
import { predictStates } from '../predict';

/** A complaint about an input names its side, so that the page can place it. */
async function ofSide<T>(side: 'a' | 'b', work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof UserError ? new UserError(error.message, side) : error;
  }
}

export const predict: Handler<'predict'> = (body, { session, signal, progress }) =>
  session.foreground(async () => {
    const begin = performance.now();
    const opened = await session.pack();
    const pairing = opened.pairing(body.pairing);
    const { pack } = opened.files;
    const labelOf = (id: string) => pack.modalities.find((m) => m.id === id)?.label ?? id;
    progress({ stage: `encoding ${labelOf(pairing.a)}` });
    const a = await ofSide('a', opened.modality(pairing.a).states(body.a, signal));
    progress({ stage: `encoding ${labelOf(pairing.b)}` });
    const b = await ofSide('b', opened.modality(pairing.b).states(body.b, signal));
    progress({ stage: 'fusing' });
    const fusing = performance.now();
    const said = await predictStates(opened, body, a.values, b.values);
    const end = performance.now();
    if (lastDeviceError()) throw new BackendLost(lastDeviceError());
    if (![said.probesA, said.probesB, said.heads].every((table) => table.every(Number.isFinite)))
      throw new BackendLost('It gave results that are not numbers.');
    if (!body.aside)
      opened.last = {
        pairing: pairing.id,
        a: a.values,
        b: b.values,
        givenA: a.seen !== null,
        givenB: b.seen !== null,
      };
    return {
      outputs: {
        ...said,
        timing: {
          features: a.timing.features + b.timing.features,
          a: a.timing.encoder,
          b: b.timing.encoder,
          heads: end - fusing,
          total: end - begin,
        },
      },
      seenA: a.seen,
      seenB: b.seen,
    };
  });
