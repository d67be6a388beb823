/** The worker's part of a person's own checkpoints: open, keep, compute states. Loaded when first asked for. */
import { createEncoder, type Encoder, type EncoderBatch, type Pooling } from '../../encoders/encoder';
import { prepareInput, type FrontEnd } from '../../encoders/frontend';
import { UserError } from '../../math/errors';
import * as tf from '../../runtime/tf';
import type { Handler, HandlerContext } from '../handler';
import { breathe } from '../modality';
import type { Session } from '../session';
import { openFolder, type OpenFolder } from './folder';
import { inputFor } from './inputs';
import { forget, keepFiles, keptCheckpoints, keptFiles, keptRows } from './kept';
import type { CheckpointInfo, CheckpointInput, Progress } from './operations';
import type { PrivateRoot } from './private-files';
import { cosines, normsOf, positionCka, type InputStates } from './report';
import { saveStates } from './save';

/** The one encoder whose weights are in memory: two of base size would be 700 MB. */
interface Resident {
  id: string;
  encoder: Encoder;
}

interface Own {
  open: Map<string, OpenFolder>;
  resident: Resident | null;
  last: { states: InputStates; about: { name: string; pooling: Pooling } } | null;
  /** Who has the encoder now: whoever comes next waits. */
  turn: Promise<unknown>;
}

const owns = new WeakMap<Session, Own>();

function ownOf(session: Session): Own {
  let own = owns.get(session);
  if (!own) {
    own = { open: new Map(), resident: null, last: null, turn: Promise.resolve() };
    owns.set(session, own);
  }
  return own;
}

export function openOf(session: Session, id: string): OpenFolder {
  const folder = ownOf(session).open.get(id);
  if (!folder) throw new UserError('This checkpoint is not open any more: choose its folder again.');
  return folder;
}

/** Why nothing can be kept, where that is so. */
const nowhere =
  'This browser gives the page no storage of its own here (a private window, or an address without https), so nothing is kept.';

export function rootOf({ privateRoot }: Session): PrivateRoot {
  if (!privateRoot) throw new UserError(nowhere);
  return privateRoot;
}

async function enter(session: Session, name: string, files: OpenFolder['files']): Promise<CheckpointInfo> {
  const own = ownOf(session);
  const folder = await openFolder(name, files);
  const id = crypto.randomUUID();
  own.open.set(id, folder);
  return { id, ...folder.info };
}

export const checkpointOpen: Handler<'checkpointOpen'> = ({ name, files }, { session }) =>
  enter(session, name, files);

export const checkpointReopen: Handler<'checkpointReopen'> = async ({ key }, { session }) => {
  const { name, files } = await keptFiles(rootOf(session), key);
  return enter(session, name, files);
};

export const checkpointClose: Handler<'checkpointClose'> = async ({ id }, { session }) => {
  const own = ownOf(session);
  own.open.delete(id);
  await inTurn(own, async () => {
    if (own.resident?.id === id) evict(own);
  });
  return {};
};

export const checkpointKeep: Handler<'checkpointKeep'> = ({ id }, { session, signal, progress }) => {
  const { info, files } = openOf(session, id);
  const { name, architecture } = info;
  return keepFiles(rootOf(session), { name, architecture }, files, { signal, progress });
};

export const keptList: Handler<'keptList'> = async (_, { session: { privateRoot } }) => {
  try {
    if (privateRoot) {
      const [checkpoints, rows] = [await keptCheckpoints(privateRoot), await keptRows(privateRoot)];
      return { checkpoints, rows, unavailable: null };
    }
  } catch {
    // refused, as in some private windows
  }
  return { checkpoints: [], rows: [], unavailable: nowhere };
};

export const keptDelete: Handler<'keptDelete'> = async ({ key }, { session }) => ({
  bytes: await forget(rootOf(session), key),
});

function evict(own: Own): void {
  own.resident?.encoder.dispose();
  own.resident = null;
}

/** One after the other: the encoder's memory is shared. */
function inTurn<T>(own: Own, work: () => Promise<T>): Promise<T> {
  const mine = own.turn.catch(() => undefined).then(work);
  own.turn = mine;
  return mine;
}

type Loading = Pick<HandlerContext<'checkpointStates'>, 'session' | 'signal'> & {
  progress?: (progress: Progress) => void;
};

/** Runs with the encoder's weights in memory, alone. */
export function withEncoder<T>(
  id: string,
  { session, signal, progress }: Loading,
  work: (encoder: Encoder, folder: OpenFolder) => Promise<T>,
): Promise<T> {
  const own = ownOf(session);
  return inTurn(own, async () => {
    signal.throwIfAborted();
    const folder = openOf(session, id);
    if (own.resident?.id !== id) {
      evict(own);
      const encoder = await folder.checkpoint.load({
        signal,
        onProgress: (done, total) => progress?.({ stage: 'reading the weights', done, total }),
      });
      own.resident = { id, encoder };
    }
    return work(own.resident!.encoder, folder);
  });
}

const batchFor = ({ checkpoint: { config, frontEnd } }: OpenFolder, input: CheckpointInput): EncoderBatch =>
  // the input's kind was held against the front end's
  prepareInput(config, frontEnd as FrontEnd & { kind: 'text' }, inputFor(frontEnd, input) as string);

const asPooled = (encoder: Encoder, pooling: Pooling): Encoder =>
  encoder.pooling === pooling ? encoder : createEncoder(encoder.config, encoder.params, pooling);

/** [layers, width] of one input: layers 1 to L, pooled. @throws UserError where a value is no number */
export async function pooledStates(
  encoder: Encoder,
  folder: OpenFolder,
  input: CheckpointInput,
  pooling: Pooling,
): Promise<Float32Array<ArrayBuffer>> {
  const batch = batchFor(folder, input);
  const pooled = tf.tidy(() => {
    const states = encoder.forward(batch).slice(1);
    return tf.stack(asPooled(encoder, pooling).pool(states, batch));
  });
  try {
    return numbers((await pooled.data<'float32'>()).slice(), folder);
  } finally {
    tf.dispose([pooled, Object.values(batch)]);
  }
}

function numbers<T extends Float32Array>(values: T, { info: { name } }: OpenFolder): T {
  if (!values.every(Number.isFinite))
    throw new UserError(
      `The checkpoint ${name} gives states that are not numbers: its weights are damaged, or the backend computes wrongly; try another backend.`,
      name,
    );
  return values;
}

export const checkpointStates: Handler<'checkpointStates'> = (body, { session, signal, progress }) =>
  session.foreground(() =>
    withEncoder(body.id, { session, signal, progress }, async (encoder, folder) => {
      const own = ownOf(session);
      const { layers, width } = encoder;
      const { pooling } = body;
      const say = (stage: string) => progress({ stage, done: 0, total: 0 });
      say('preparing the input');
      await breathe(signal);
      const begin = performance.now();
      const batch = batchFor(folder, body.input);
      const prepared = performance.now();
      const held: tf.Tensor[] = [];
      try {
        say('running the encoder');
        await breathe(signal);
        const [embedding, ...all] = encoder.forward(batch);
        const ofLayers = [...all, ...asPooled(encoder, pooling).pool(all, batch)];
        held.push(embedding, ...ofLayers);
        const values: Float32Array[] = [];
        for (const tensor of ofLayers) values.push(numbers((await tensor.data<'float32'>()).slice(), folder));
        const forward = (performance.now() - prepared) / 1000;
        const pooled = new Float32Array(layers * width);
        values.slice(layers).forEach((row, layer) => pooled.set(row, layer * width));
        const states: InputStates = {
          layers,
          width,
          positions: all[0].shape[1]!,
          states: values.slice(0, layers),
          pooled,
        };
        own.last = { states, about: { name: folder.info.name, pooling } };
        say('comparing the layers');
        const { cka, positions } = await positionCka(states, () => breathe(signal));
        return {
          layers,
          width,
          positions: states.positions,
          ...piecesOf(folder, body.input),
          pooling,
          norms: normsOf(states),
          cosine: cosines(states),
          cka,
          ckaPositions: positions,
          seconds: { input: (prepared - begin) / 1000, forward },
        };
      } finally {
        tf.dispose([held, Object.values(batch)]);
      }
    }),
  );

function piecesOf({ checkpoint: { frontEnd } }: OpenFolder, input: CheckpointInput) {
  if (frontEnd.kind !== 'text' || input.kind !== 'text') return { pieces: null, cut: 0 };
  const { pieces, total, ids } = frontEnd.tokenizer.encode(input.text, frontEnd.limit);
  return { pieces, cut: total - ids.length };
}

export const checkpointSave: Handler<'checkpointSave'> = async ({ format }, { session }) => {
  const { last } = ownOf(session);
  if (!last) throw new UserError('There are no states to save: give the encoder an input first.');
  return {
    name: `${last.about.name}-${format === 'csv' ? 'pooled' : 'states'}.${format}`,
    bytes: saveStates(last.states, last.about, format),
  };
};
