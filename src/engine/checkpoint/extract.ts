/** A table's rows to pooled layer states, one after the other; what is done stays done over a reload. */
import type { Standardisation } from '../../fusion/standardise';
import { UserError } from '../../math/errors';
import { sha256 } from '../../packs/integrity';
import { columnsOfTable, readTable } from '../../packs/study/columns';
import { writeSafetensors } from '../../runtime/safetensors';
import type { Handler } from '../handler';
import type { OpenedPack, Session } from '../session';
import type { CheckpointInput, Pooling } from './operations';
import { openRows, type Rows } from './rows';
import { pooledStates, withEncoder } from './run';

/** The extraction in hand. */
interface Extraction {
  key: string;
  rows: Rows;
  /** [layers, width] of one input. */
  states(input: CheckpointInput, signal: AbortSignal): Promise<Float32Array<ArrayBuffer>>;
}

const extractions = new WeakMap<Session, Extraction>();

function current(session: Session, key: string): Extraction {
  const extraction = extractions.get(session);
  if (extraction?.key !== key)
    throw new UserError('These states are not being computed any more: begin again, what was done is kept.');
  return extraction;
}

export const tableRead: Handler<'tableRead'> = async ({ name, blob }) => {
  let bytes;
  try {
    bytes = new Uint8Array(await blob.arrayBuffer());
  } catch {
    throw new UserError(
      `The file ${name} could not be read: it was moved or changed since it was chosen; choose it again.`,
      name,
    );
  }
  // a table that no study can use is refused before hours of computing
  columnsOfTable({ name, bytes });
  const { header, rows } = readTable({ name, bytes });
  return { header: header.map((title) => title.trim()), rows: rows.map(({ cells }) => cells) };
};

interface Source {
  layers: number;
  width: number;
  pooling: Pooling;
  fingerprint: string;
  states: Extraction['states'];
}

/** Says what its states depend on; for a checkpoint that takes all its weights, which are needed next anyway. */
function sourceOf(
  { source, pooling }: Parameters<Handler<'extractBegin'>>[0],
  context: Parameters<Handler<'extractBegin'>>[1],
): Promise<Source> {
  const { session } = context;
  if (source.kind === 'pack') return packSource(session, source.modality);
  return withEncoder(source.id, context, async (encoder, folder) => {
    const chosen = pooling ?? folder.info.pooling;
    return {
      layers: encoder.layers,
      width: encoder.width,
      pooling: chosen,
      fingerprint: await folder.fingerprint(),
      states: (input, signal) =>
        withEncoder(source.id, { session, signal }, (own, at) => pooledStates(own, at, input, chosen)),
    };
  });
}

/** Undoes the standardisation of a pack's states. */
function asPooledBefore(values: Float32Array, { mean, deviation }: Standardisation) {
  return Float32Array.from(values, (x, i) => x * deviation[i] + mean[i]);
}

async function packSource(session: Session, id: string): Promise<Source> {
  const opened: OpenedPack = await session.pack();
  const { pack, standardisations } = opened.files;
  const about = pack.modalities.find((modality) => modality.id === id);
  if (!about || about.pooling === 'given' || about.modality === 'video')
    throw new UserError('This encoder of the open pack takes no text and no files: choose another one.');
  const own = pack.files.filter(({ path }) => path.startsWith(`${about.encoder}/`));
  return {
    layers: about.layers,
    width: about.width,
    pooling: about.pooling,
    fingerprint: own
      .map((file) => file.sha256)
      .sort()
      .join(' '),
    async states(input, signal) {
      if (input.kind === 'video') throw new UserError('The encoders of packs take no videos from files.');
      const { values } = await opened.modality(id).states({ input, degradation: {} }, signal);
      return asPooledBefore(values, standardisations[id]);
    },
  };
}

export const extractBegin: Handler<'extractBegin'> = async (body, context) => {
  const { session, signal } = context;
  extractions.get(session)?.rows.close();
  extractions.delete(session);
  const { layers, width, pooling, fingerprint, states } = await sourceOf(body, context);
  const said = JSON.stringify([1, fingerprint, pooling, body.rows]);
  const key = await sha256(new TextEncoder().encode(said));
  signal.throwIfAborted();
  const about = { title: body.title, rows: body.rows.length, layers, width };
  const rows = await openRows(session.privateRoot, key, about).catch((error: unknown) => {
    if (error instanceof UserError) throw error;
    // storage that is refused takes nothing but the going on after a reload
    return openRows(null, key, about);
  });
  extractions.set(session, { key, rows, states });
  return { key, done: rows.done, kept: rows.kept, layers, width };
};

export const extractRow: Handler<'extractRow'> = async ({ key, row, input }, { session, signal }) => {
  const { rows, states } = current(session, key);
  if (row !== rows.done) throw new RangeError(`row ${row} after ${rows.done} rows`);
  await session.afterForeground(signal);
  const values = await states(input, signal);
  signal.throwIfAborted();
  rows.append(values);
  return {};
};

export const extractEnd: Handler<'extractEnd'> = async ({ key, name }, { session }) => {
  const { rows } = current(session, key);
  const { about, done, states } = rows;
  if (done < about.rows) throw new RangeError(`${done} of ${about.rows} rows are there`);
  rows.close();
  extractions.delete(session);
  const shape = [about.rows, about.layers, about.width];
  return { name, blob: new Blob([writeSafetensors([{ name: 'states', shape, data: states }])]) };
};
