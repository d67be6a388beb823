/** The store of a person's own checkpoints, made when their view is first opened. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { isQuiet } from '../../engine/engine';
import type { CheckpointInfo, CheckpointInput } from '../../engine/checkpoint/operations';
import type { NamedBlob } from '../../engine/study/operations';
import { sentence, type Context } from '../context';
import { failed, idle, loading, ready } from '../defaults';
import { extractSides } from './extraction';
import { readMedia } from './media';
import type { CheckpointPage, CheckpointState, EncoderAbout, EncoderSlot, Side } from './state';
import { likelyColumn } from './table';

export type CheckpointStore = StoreApi<CheckpointPage>;

const emptySlot = (): EncoderSlot => ({ encoder: idle, pooling: null, keeping: null, kept: false });

const emptyState = (): CheckpointState => ({
  a: emptySlot(),
  b: emptySlot(),
  kept: null,
  states: idle,
  table: idle,
  media: [],
  columns: { a: null, b: null },
  extraction: null,
  result: null,
  problem: null,
});

const aboutOf = ({ id, bytes, ...info }: CheckpointInfo): EncoderAbout => ({
  ...info,
  source: { kind: 'checkpoint', id, bytes },
});

/** The folder that most of the files lie in. */
const folderName = (files: readonly NamedBlob[]): string => {
  const config = files.find(({ name }) => /(^|\/)config\.json$/.test(name)) ?? files[0];
  return config?.name.split('/').at(-2) ?? 'checkpoint';
};

export function createCheckpointStore({ engine, get: app }: Context): CheckpointStore {
  const store = createStore<CheckpointPage>()((set, get) => {
    /** How each slot was opened, to open it again when the worker was replaced. */
    const reopen: Partial<Record<Side, () => void>> = {};
    let keeping: AbortController | null = null;
    let computing: AbortController | null = null;
    let extracting: AbortController | null = null;

    const slot = (side: Side, part: Partial<EncoderSlot>): void => {
      const next = { ...get()[side], ...part };
      set(side === 'a' ? { a: next } : { b: next });
    };
    const say = (error: unknown): void => {
      if (!isQuiet(error)) set({ problem: sentence(error) });
    };
    const list = (): void =>
      void engine
        .call('keptList', {})
        .then((kept) => set({ kept }))
        .catch(say);

    function guessColumns(): void {
      const { table, columns, a, b } = get();
      if (table.state !== 'ready') return;
      const next = { ...columns };
      for (const [side, { encoder }] of [['a', a] as const, ['b', b] as const])
        if (next[side] === null && encoder.state === 'ready')
          next[side] = likelyColumn(table.value, encoder.value.takes, next[side === 'a' ? 'b' : 'a']);
      set({ columns: next });
    }

    function enter(side: Side, work: () => Promise<CheckpointInfo>, kept: boolean): void {
      const again = (): void => {
        get().close(side);
        reopen[side] = again;
        slot(side, { encoder: loading('the folder') });
        const mine = get()[side].encoder;
        const current = () => get()[side].encoder === mine;
        void work().then(
          (info) => {
            if (!current()) return void engine.call('checkpointClose', { id: info.id }).catch(say);
            slot(side, { encoder: ready(aboutOf(info)), pooling: info.pooling, kept });
            guessColumns();
          },
          (error: unknown) => current() && slot(side, { encoder: failed(sentence(error)) }),
        );
      };
      set({ problem: null });
      again();
    }

    async function compute(side: Side, make: () => Promise<CheckpointInput>, given: string): Promise<void> {
      const { encoder, pooling } = get()[side];
      if (encoder.state !== 'ready' || encoder.value.source.kind !== 'checkpoint' || !pooling) return;
      computing?.abort();
      const mine = (computing = new AbortController());
      const put = (states: CheckpointState['states']) => computing === mine && set({ states });
      put(loading('preparing the input'));
      try {
        const input = await make();
        mine.signal.throwIfAborted();
        const report = await engine.call(
          'checkpointStates',
          { id: encoder.value.source.id, input, pooling },
          {
            signal: mine.signal,
            onProgress: ({ stage, done, total }) => put(loading(stage, done, total)),
          },
        );
        put(ready({ side, name: encoder.value.name, report, given }));
      } catch (error) {
        put(mine.signal.aborted || isQuiet(error) ? idle : failed(sentence(error)));
      }
    }

    // what was open went with the worker; the files are still here
    engine.onRestart(() => {
      extracting?.abort();
      for (const side of ['a', 'b'] as const) reopen[side]?.();
      set({ states: idle });
    });
    list();

    return {
      ...emptyState(),
      openFolder: (side, files) =>
        enter(side, () => engine.call('checkpointOpen', { name: folderName(files), files }), false),
      openKept: (side, key) => enter(side, () => engine.call('checkpointReopen', { key }), true),
      takeFromPack(side, id) {
        const { pack } = app();
        const found = pack.state === 'ready' ? pack.value.modalities.find((m) => m.id === id) : undefined;
        if (pack.state !== 'ready' || !found || found.pooling === 'given' || found.modality === 'features')
          return;
        get().close(side);
        const { layers, width, pooling, label, family, modality: takes } = found;
        const source = { kind: 'pack', modality: id, pack: pack.value.id } as const;
        const about = { name: label, architecture: family, takes, frames: 1, layers, width, pooling };
        slot(side, { encoder: ready({ ...about, poolings: [pooling], source }), pooling });
        guessColumns();
      },
      close(side) {
        const { encoder } = get()[side];
        delete reopen[side];
        if (encoder.state === 'ready' && encoder.value.source.kind === 'checkpoint')
          void engine.call('checkpointClose', { id: encoder.value.source.id }).catch(() => undefined);
        set({ columns: { ...get().columns, [side]: null }, result: null });
        slot(side, emptySlot());
      },
      keep(side) {
        const { encoder } = get()[side];
        if (encoder.state !== 'ready' || encoder.value.source.kind !== 'checkpoint' || keeping) return;
        const mine = (keeping = new AbortController());
        set({ problem: null });
        slot(side, { keeping: { done: 0, total: 1 } });
        const { id } = encoder.value.source;
        void engine
          .call(
            'checkpointKeep',
            { id },
            {
              signal: mine.signal,
              onProgress: ({ done, total }) => slot(side, { keeping: { done, total } }),
            },
          )
          .then(() => slot(side, { kept: true }), say)
          .finally(() => {
            keeping = null;
            slot(side, { keeping: null });
            list();
          });
      },
      cancelKeep: () => keeping?.abort(),
      deleteKept(key) {
        set({ problem: null });
        void engine.call('keptDelete', { key }).catch(say).finally(list);
      },
      setPooling: (side, pooling) => {
        slot(side, { pooling });
        set({ result: null });
      },
      computeStates: (side, input, given) => void compute(side, async () => input, given),
      computeFile(side, file) {
        const { encoder } = get()[side];
        if (encoder.state !== 'ready') return;
        const { takes, frames } = encoder.value;
        void compute(side, () => readMedia(takes, file, frames), file.name);
      },
      cancelStates: () => computing?.abort(),
      saveStates: (format) =>
        engine.call('checkpointSave', { format }).catch((error: unknown) => {
          say(error);
          return null;
        }),
      giveSamples(files) {
        const tables = files.filter(({ name }) => /\.(csv|tsv)$/i.test(name));
        const media = [...get().media, ...files.filter((file) => !tables.includes(file))];
        set({ media, problem: null, result: null });
        const file = tables.at(-1);
        if (!file) return;
        set({ table: loading(file.name), columns: { a: null, b: null } });
        void engine.call('tableRead', file, { lane: 'table' }).then(
          ({ header, rows }) => {
            set({ table: ready({ file, header, rows }) });
            guessColumns();
          },
          (error: unknown) => isQuiet(error) || set({ table: failed(sentence(error)) }),
        );
      },
      setColumn: (side, column) => set({ columns: { ...get().columns, [side]: column }, result: null }),
      extract() {
        if (extracting) return;
        const mine = (extracting = new AbortController());
        set({ problem: null, result: null });
        void extractSides(engine, get, (extraction) => set({ extraction }), mine.signal)
          .then((result) => {
            set({ result });
            if (app().study.training.state !== 'loading') get().preview();
          })
          .catch((error: unknown) => {
            if (!mine.signal.aborted) say(error);
          })
          .finally(() => {
            extracting = null;
            set({ extraction: null });
            list();
          });
      },
      cancelExtraction: () => extracting?.abort(),
      preview() {
        const { result } = get();
        if (result) app().giveStudyFiles(result);
      },
      reject: say,
    };
  });
  return store;
}
