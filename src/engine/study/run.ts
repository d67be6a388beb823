/** The worker's part of a person's own study: read, train, save, open. Loaded when first asked for. */
import { zipSync } from 'fflate';
import { headChunks } from '../../fusion/train';
import { UserError } from '../../math/errors';
import { encodeSampleStates } from '../../packs/sample-states';
import type { Pack } from '../../packs/schema';
import { assembleStudy, packFiles, type AssembledStudy } from '../../packs/study/assemble';
import type { GivenFile } from '../../packs/study/arrays';
import { decodeStudy, encodeStudy } from '../../packs/study/file';
import { exportHead, headOfName } from '../../packs/study/head-export';
import { aboutStudy, prepareStudy, type PreparedStudy } from '../../packs/study/prepare';
import { estimateSeconds, previewStudy } from '../../packs/study/preview';
import { readStudy, type StudyData } from '../../packs/study/read';
import { defaultStudy, headShapeOf, rowsOfSplit, type StudyAbout } from '../../packs/study/settings';
import type { StudyShard } from '../../packs/study/shard';
import { batchesOf, trainStudyChunk, trainStudyProbes, type ChunkResult } from '../../packs/study/train';
import { assemblePack, type PackContent } from '../../packs/write';
import * as tf from '../../runtime/tf';
import type { Handler, HandlerContext } from '../handler';
import { breathe } from '../modality';
import type { Session } from '../session';
import { forgetStudies, KeptStudy } from './kept';
import type { NamedBlob, StudyEntry } from './operations';

/** The study in hand. */
interface Own {
  about: StudyAbout;
  /** Let go of once they lie in their splits. */
  data: Pick<StudyData, 'a' | 'b'> | null;
  prepared: PreparedStudy | null;
  probes: StudyShard['probes'];
  chunks: ChunkResult[];
  /** Where what is done outlives the tab; null where the browser keeps nothing. */
  kept: KeptStudy | null;
  trained: { shard: StudyShard; study: AssembledStudy; entry: StudyEntry } | null;
  /** The training under way, or the last one: a second begins when the first has ended. */
  running: Promise<unknown>;
  /** Resolves when the pause is over; null while there is none. */
  pause: Promise<void> | null;
  resume: () => void;
}

const own = new WeakMap<Session, Own>();

function current(session: Session): Own {
  const study = own.get(session);
  if (!study) throw new UserError('There is no study in hand: drop the files of layer states first.');
  return study;
}

async function bytesOf({ name, blob }: NamedBlob): Promise<GivenFile> {
  try {
    return { name, bytes: new Uint8Array(await blob.arrayBuffer()) };
  } catch {
    throw new UserError(
      `The file ${name} could not be read: it was moved, changed or is too large for this browser; choose it again.`,
      name,
    );
  }
}

export const studyRead: Handler<'studyRead'> = async (body, { session, signal, progress }) => {
  progress({ stage: 'reading the files' });
  const files: GivenFile[] = [];
  for (const file of body.files) {
    files.push(await bytesOf(file));
    await breathe(signal);
  }
  progress({ stage: 'checking the layer states' });
  const side = ({ file, array }: { file: number; array?: string }) => ({ file: files[file], array });
  const table = body.table === null ? undefined : files[body.table];
  const data = await readStudy(side(body.a), side(body.b), table, body.settings.target);
  await breathe(signal);
  const about = aboutStudy(data, { ...defaultStudy, ...body.settings }, body.title);
  const preview = previewStudy(data, about);
  progress({ stage: 'measuring one step' });
  const seconds = await estimateSeconds(about, 1);
  signal.throwIfAborted();
  const kept = session.cache && (await KeptStudy.of(session.cache, about));
  const done = kept ? await kept.recall() : { probes: null, chunks: [] };
  own.set(session, {
    about,
    data,
    prepared: null,
    ...done,
    kept,
    trained: null,
    running: Promise.resolve(),
    pause: null,
    resume: () => undefined,
  });
  const { la, lb } = headShapeOf(about);
  const heads = done.chunks.reduce((sum, chunk) => sum + chunk.heads.length, 0);
  return { preview, seconds, la, lb, kept: heads };
};

export const studyTrain: Handler<'studyTrain'> = async (_, context) => {
  const study = current(context.session);
  const before = study.running;
  const mine = before.catch(() => undefined).then(() => train(study, context));
  study.running = mine;
  return mine;
};

const abortOf = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));

async function train(
  study: Own,
  { session, signal, progress }: HandlerContext<'studyTrain'>,
): Promise<StudyEntry> {
  signal.throwIfAborted();
  if (study.trained) return study.trained.entry;
  const { about } = study;
  const shape = headShapeOf(about);
  const { epochs } = about.settings;
  // pair heads first: the matrix fills while the denser ones wait
  const chunks = headChunks(shape.la, shape.lb).sort((x, y) => x.k - y.k);
  const total = chunks.reduce((sum, { heads }) => sum + heads.length, 0);
  const work = (of: { k: number; heads: number[] }[]): number =>
    of.reduce((sum, { k, heads }) => sum + k * heads.length, 0);
  const now = () => ({
    done: study.chunks.reduce((sum, { heads }) => sum + heads.length, 0),
    total,
    share: work(study.chunks) / work(chunks),
    keeps: study.kept?.keeps ?? false,
  });
  const none = { heads: [], accuracy: new Float32Array(0), epoch: 0, epochs };
  progress({ stage: 'states', ...now(), ...none });
  for (const { heads, accuracy } of study.chunks)
    progress({ stage: 'heads', ...now(), heads, accuracy, epoch: epochs, epochs });
  await breathe(signal);
  await study.kept?.begin();
  if (!study.prepared) {
    study.prepared = prepareStudy(study.data!, about);
    study.data = null;
  }
  const { prepared } = study;
  const onStep = async (): Promise<void> => {
    await breathe(signal);
    await session.afterForeground(signal);
    while (study.pause) {
      await Promise.race([study.pause, abortOf(signal)]);
      signal.throwIfAborted();
    }
  };
  if (!study.probes) {
    study.probes = await trainStudyProbes(prepared, {
      signal,
      onStep,
      onEpoch: ({ epoch }) => progress({ stage: 'probes', ...now(), ...none, epoch: epoch + 1 }),
    });
    await study.kept?.keepProbes(study.probes, prepared.standardisation);
  }
  const batches = batchesOf(prepared);
  for (const chunk of chunks) {
    if (study.chunks.some(({ heads }) => heads[0] === chunk.heads[0])) continue;
    const trained = await trainStudyChunk(prepared, chunk, batches, {
      signal,
      onStep,
      onEpoch: ({ epoch, accuracy }) =>
        progress({
          stage: 'heads',
          ...now(),
          heads: chunk.heads,
          accuracy,
          epoch: epoch + 1,
          epochs,
        }),
    });
    study.chunks.push(trained);
    await study.kept?.keepChunk(trained, prepared.standardisation);
    const { heads, accuracy } = trained;
    progress({ stage: 'heads', ...now(), heads, accuracy, epoch: epochs, epochs });
  }
  const ordered = [...study.chunks].sort((x, y) => x.k - y.k || x.heads[0] - y.heads[0]);
  const shard: StudyShard = {
    about,
    shards: [1],
    of: 1,
    chunks: ordered,
    probes: study.probes,
    standardisation: prepared.standardisation,
  };
  const assembled = assembleStudy(shard, tf.getBackend());
  const { pack, contents, heads } = assembled;
  const entry = enter(
    session,
    pack,
    await assemblePack(pack, [...contents, heads(), sampleStates(prepared)]),
  );
  study.trained = { shard, study: assembled, entry };
  return entry;
}

export const studyPause: Handler<'studyPause'> = async ({ paused }, { session }) => {
  const study = current(session);
  if (paused && !study.pause)
    study.pause = new Promise((resolve) => {
      study.resume = () => {
        study.pause = null;
        resolve();
      };
    });
  if (!paused) study.resume();
  return {};
};

const trainedOf = (session: Session) => {
  const { trained } = current(session);
  if (!trained) throw new UserError('The study is not trained yet: train it, then save it.');
  return trained;
};

const fileName = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60) || 'study';

export const studySave: Handler<'studySave'> = async ({ withHeads, pack }, { session }) => {
  const { shard, study } = trainedOf(session);
  const name = fileName(study.about.title);
  if (pack) {
    const files = [...(await packFiles(study))].map(([path, bytes]) => [`${name}/${path}`, bytes]);
    // small integers and floats: packing them tighter takes long and saves little
    return { name: `${name}.pack.zip`, bytes: zipSync(Object.fromEntries(files), { level: 0 }) };
  }
  return {
    name: `${name}.study.json`,
    bytes: await encodeStudy(shard, study, { withHeads }),
  };
};

export const studyHead: Handler<'studyHead'> = async ({ head }, { session }) => {
  const { shard, study } = trainedOf(session);
  const { a, b } = study.about;
  return exportHead(shard, headOfName(head, a.layers, b.layers, study.ssfn), head);
};

export const studyForget: Handler<'studyForget'> = async (_, { session }) => ({
  bytes: session.cache ? await forgetStudies(session.cache) : 0,
});

export const studyOpen: Handler<'studyOpen'> = async (file, { session }) => {
  const { name, bytes } = await bytesOf(file);
  const { pack, files } = await decodeStudy(bytes, name);
  return enter(session, pack, files);
};

/** Makes the study's files reachable as those of a pack. */
function enter(
  session: Session,
  { title, modalities: [a, b] }: Omit<Pack, 'files'>,
  files: ReadonlyMap<string, Uint8Array>,
): StudyEntry {
  const id = `study-${session.studies.size + 1}`;
  const url = `study:${session.studies.size + 1}/`;
  session.studies.set(url, files);
  return { id, url, title, subtitle: `${a.label} × ${b.label}` };
}

/** Pairs whose states the maps and similarities are of. */
const shown = 500;

/** Evenly spread validation samples; they stay in this tab. */
function sampleStates({ about, sets }: PreparedStudy): PackContent {
  const rows = rowsOfSplit(about.split, 1);
  const { a, b } = sets.validation;
  const n = Math.min(shown, rows.length);
  const chosen = Array.from({ length: n }, (_, s) => Math.floor((s * rows.length) / n));
  const pick = ({ layers, width, states }: typeof a) => {
    const size = layers * width;
    const out = new Float32Array(n * size);
    chosen.forEach((from, s) => out.set(states.subarray(from * size, (from + 1) * size), s * size));
    return { layers, width, states: out };
  };
  const ids = chosen.map((s) => about.ids[rows[s]]);
  return {
    path: 'samples.clean.safetensors',
    role: 'sample-states',
    when: 'lazy',
    pairing: 'a-b',
    condition: 'clean',
    split: 'validation',
    content: encodeSampleStates({
      labels: Uint8Array.from(chosen, (s) => a.labels[s]),
      idsA: ids,
      idsB: ids,
      a: pick(a),
      b: pick(b),
    }),
  };
}
