import { UserError } from '../../math/errors';
import { lastDeviceError } from '../../runtime/backend';
import { BackendLost, type Handler } from '../handler';
import { isGiven, predictStates, statesOf } from '../predict';
import { predictTogether } from '../together';
import { labelsIn } from '../../packs/schema';

/** A complaint about an input names its side, so that the page can place it. */
async function ofSide<T>(side: 'a' | 'b', work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof UserError ? new UserError(error.message, side) : error;
  }
}

const none = new Float32Array(0);

export const predict: Handler<'predict'> = (body, { session, signal, progress }) =>
  session.foreground(async () => {
    const begin = performance.now();
    const opened = await session.pack();
    const pairing = opened.pairing(body.pairing);
    const { pack } = opened.files;
    const labelOf = labelsIn(pack.modalities);
    // the heads of another pairing than the first come when they are asked for: say how far they are
    const stage = 'fetching the heads of this pairing';
    if (!opened.hasHeads(body)) progress({ stage });
    await opened.heads(body, ({ loaded, total }) => progress({ stage, loaded, total }));
    if (body.seeds) await opened.seeds(body, ({ loaded, total }) => progress({ stage, loaded, total }));
    signal.throwIfAborted();
    progress({ stage: `encoding ${labelOf(pairing.a)}` });
    const a = await ofSide('a', statesOf(opened, pairing.a, body.a, signal));
    progress({ stage: `encoding ${labelOf(pairing.b)}` });
    const b = await ofSide('b', statesOf(opened, pairing.b, body.b, signal));
    progress({ stage: 'fusing' });
    const fusing = performance.now();
    const said = await predictStates(opened, body, a.values, b.values);
    const end = performance.now();
    const together = await predictTogether(
      opened,
      {
        pairing,
        task: body.task,
        given: { ...body.others, [pairing.a]: body.a, [pairing.b]: body.b },
        states: { [pairing.a]: a.values, [pairing.b]: b.values },
      },
      signal,
    );
    if (lastDeviceError()) throw new BackendLost(lastDeviceError());
    const tables = [
      said.probesA,
      said.probesB,
      said.heads,
      said.seeds?.probabilities ?? none,
      ...together.map((t) => t.probabilities ?? none),
    ];
    if (!tables.every((table) => table.every(Number.isFinite)))
      throw new BackendLost('It gave results that are not numbers.');
    if (!body.aside)
      opened.last = {
        pairing: pairing.id,
        a: a.values,
        b: b.values,
        givenA: isGiven(body.a),
        givenB: isGiven(body.b),
      };
    return {
      outputs: {
        ...said,
        ...(pack.groups && { together }),
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
