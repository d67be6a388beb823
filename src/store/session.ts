/** The worker and the pack: starting, choosing, starting again. */
import { isQuiet } from '../engine/engine';
import type { BackendChoice } from '../engine/protocol';
import type { Pack } from '../packs/schema';
import { sentence, track, type Context } from './context';
import { failed, idle, loading, nothingYet, ready } from './defaults';
import { createHeadsFetch, type WantedHeads } from './dependency';
import type { EvaluationControl } from './evaluation';
import type { InputsControl } from './inputs';
import { canBeGiven, hasDependency, hasHeads, isAlignment, layersOf, recordVariant, sidesOf } from './models';
import { rememberSettings } from './settings';
import type { App, AppState } from './state';
import { atLayers, atSkew, ssfnSkew } from './strategy';
import { ignoredSentence, readQuery } from './url';

type Session = Pick<
  App,
  | 'start'
  | 'retry'
  | 'chooseBackend'
  | 'choosePack'
  | 'choosePairing'
  | 'addPack'
  | 'chooseCondition'
  | 'chooseTask'
  | 'chooseHeads'
  | 'cancelPack'
  | 'deletePack'
>;

type Scope = Pick<AppState, 'pairing' | 'task' | 'variant' | 'condition'>;

/** What a pack is opened with: its first pairing and task, the reporting condition, and its SSFN; or as asked. */
function opening(pack: Pack, state: AppState, asked: Partial<Scope>): Partial<AppState> {
  const scope = {
    pairing: pack.pairings[0].id,
    task: pack.tasks[0].id,
    variant: pack.variants[0].id,
    condition: (pack.conditions.find((c) => c.id === 'standard') ?? pack.conditions[0]).id,
    ...asked,
  };
  const l = layersOf(pack, scope.pairing);
  const d = ssfnSkew({ ...state, ...scope, pack: ready(pack) }) ?? 0;
  return {
    ...scope,
    metric: (pack.tasks.find(({ id }) => id === scope.task) ?? pack.tasks[0]).metric,
    wantedK: 1,
    focus: null,
    ...(l && { strategy: atSkew(d, 1, l) }),
  };
}

/**
 * What another pairing of the open pack changes: task and variant stay where its heads have them; whoever looks at the
 * SSFN goes on to that pairing's own, any other strategy stays as far as its layers reach.
 */
function repairing(pack: Pack, state: AppState, pairing: string): Partial<AppState> {
  const kept = [
    { task: state.task, variant: state.variant },
    { task: state.task, variant: pack.variants[0].id },
  ].find(({ task, variant }) => hasHeads(pack, pairing, task, variant));
  const scope = { pairing, ...(kept ?? { task: pack.tasks[0].id, variant: pack.variants[0].id }) };
  const l = layersOf(pack, pairing);
  const { strategy } = state;
  const own = ssfnSkew(state);
  const there = ssfnSkew({ ...state, ...scope });
  const atOwn = strategy.kind === 'skew' && strategy.k === 1 && strategy.d === own;
  const { metric } = pack.tasks.find(({ id }) => id === scope.task) ?? pack.tasks[0];
  const lost = scope.task !== state.task || (isAlignment(state.metric) && !hasDependency(pack, pairing));
  return {
    ...scope,
    ...(lost && { metric }),
    ...(l && { strategy: atOwn && there !== null ? atSkew(there, 1, l) : atLayers(state, l) }),
  };
}

export function sessionSlice(
  { set, get, engine, around }: Context,
  inputs: InputsControl,
  evaluation: EvaluationControl,
): Session {
  /** The address as the page was opened with; its rows of the pack hold for the first pack only. */
  let asked: string | null = around.query();
  let ignored: string[] = [];
  /** The pairing that each pack was last looked at with. */
  const pairings = new Map<string, string>();
  const fetchHeads = createHeadsFetch({ set, get, engine, around });
  /** Of the pack that is being fetched. */
  let fetching: AbortController | null = null;

  const entry = () => {
    const { packs, packId } = get();
    return packs.state === 'ready' ? packs.value.find(({ id }) => id === packId) : undefined;
  };

  async function startEngine(choice: BackendChoice): Promise<boolean> {
    const status = await track(
      (backend: AppState['backend']) => set({ backend }),
      'backend',
      () => engine.start(choice),
    );
    return status !== null;
  }

  /** Fetch (or take from the cache) the chosen pack's first files. */
  async function fetchPack(): Promise<Pack | null> {
    const chosen = entry();
    if (!chosen) return null;
    const mine = (fetching = new AbortController());
    try {
      const { pack, bytes, cached, notices } = await engine.call(
        'loadPack',
        { url: chosen.url },
        {
          lane: 'pack',
          signal: mine.signal,
          onProgress: ({ loaded, total, file }) => {
            if (get().pack.state !== 'ready') set({ pack: loading(file, loaded, total) });
            set({ packBytes: { loaded, total, cached: false } });
          },
        },
      );
      if (get().packId !== chosen.id) return null;
      set({ packBytes: { loaded: bytes, total: bytes, cached } });
      if (notices.length) set({ notice: notices.join(' ') });
      return pack;
    } catch (error) {
      if (mine.signal.aborted)
        set({ pack: failed('The download was stopped: fetch the pack when you like.') });
      else if (get().packId === chosen.id && !isQuiet(error)) set({ pack: failed(sentence(error)) });
      return null;
    } finally {
      if (fetching === mine) fetching = null;
    }
  }

  async function openPack(): Promise<void> {
    set({ pack: loading('pack'), ...nothingYet(), warm: idle, packBytes: noBytes });
    const pack = await fetchPack();
    if (!pack) return;
    const query = asked ?? '';
    asked = null;
    // the SSFN to open at is that of the pairing and task that the address names, or that were in use before
    const before = pack.pairings.find(({ id }) => id === pairings.get(get().packId))?.id;
    const base = opening(pack, get(), before ? { pairing: before } : {});
    const { pairing, task, variant, condition } = {
      ...base,
      ...readQuery(query, 'pack', { ...get(), ...base }, pack).changes,
    };
    const scope = { pairing, task, variant, condition };
    set({ ...opening(pack, get(), scope), pack: ready(pack) });
    pairings.set(get().packId, get().pairing);
    inputs.enter();
    const read = readQuery(query, 'pack', get(), pack);
    set(read.changes);
    ignored.push(...read.ignored);
    if (ignored.length) set({ notice: ignoredSentence(ignored) });
    ignored = [];
    const kept = await around.takeKept();
    if (kept && kept.pack === get().packId) inputs.restore(kept);
    inputs.predict();
    evaluation.load();
    void warmUp();
  }

  /** Not where nothing can be given: nothing would be predicted, and heads not yet here would be fetched for it. */
  async function warmUp(): Promise<void> {
    const { pack, pairing, task, variant } = get();
    const sides = pack.state === 'ready' ? sidesOf(pack.value, pairing) : null;
    if (!sides || !(canBeGiven(sides.a) || canBeGiven(sides.b))) return set({ warm: idle });
    await track<{ milliseconds: number }>(
      (warm) => {
        if (get().pack === pack && get().pairing === pairing) set({ warm });
      },
      'preparing the models',
      () => engine.call('warm', { pairing, task, variant }, { lane: 'warm' }),
    );
  }

  async function openList(): Promise<void> {
    const packs = await track(
      (list: AppState['packs']) => set({ packs: list }),
      'list of packs',
      around.packList,
    );
    if (!packs) return;
    if (packs.length === 0)
      return set({ packs: failed('No pack is installed here: see "How to train" in the README.') });
    if (!entry()) {
      if (get().packId) ignored.push('pack');
      set({ packId: packs[0].id });
    }
  }

  /** After another worker took over: give it the pack and the sample again. */
  async function replay(): Promise<void> {
    if (!entry()) return;
    const had = get().pack.state === 'ready';
    if (!had) return openPack();
    if (!(await fetchPack())) return;
    inputs.predict();
    evaluation.replay();
    void warmUp();
  }

  engine.onRestart(({ status, reason }) => {
    set({ backend: ready(status), notice: reason });
    void replay();
  });
  engine.onDead((message) => set({ backend: failed(message) }));

  return {
    async start() {
      const read = readQuery(asked ?? '', 'page', get(), null);
      set(read.changes);
      ignored.push(...read.ignored);
      const [started] = await Promise.all([startEngine(get().backendChoice), openList()]);
      if (started && entry()) await openPack();
    },
    retry() {
      const { backend, packs, pack } = get();
      set({ notice: null });
      if (backend.state === 'failed' || packs.state === 'failed') void get().start();
      else if (pack.state === 'failed') void openPack();
      else {
        inputs.predict();
        evaluation.replay();
      }
    },
    chooseBackend(backendChoice) {
      set({ backendChoice });
      rememberSettings(around.storage, get());
      void startEngine(backendChoice).then((started) => (started ? replay() : undefined));
    },
    choosePack(id) {
      const { packId, packs } = get();
      if (id === packId || packs.state !== 'ready' || !packs.value.some((p) => p.id === id)) return;
      inputs.leave();
      set({ packId: id });
      void openPack();
    },
    choosePairing(id) {
      const state = get();
      const { pack } = state;
      if (pack.state !== 'ready' || id === state.pairing) return;
      if (!pack.value.pairings.some((p) => p.id === id)) return;
      inputs.leave();
      set({ ...repairing(pack.value, state, id), ...nothingYet() });
      pairings.set(state.packId, id);
      inputs.enter();
      inputs.predict();
      evaluation.load();
      void warmUp();
    },
    addPack(added) {
      const { packs } = get();
      const others = packs.state === 'ready' ? packs.value.filter(({ id }) => id !== added.id) : [];
      set({ packs: ready([...others, added]) });
      get().choosePack(added.id);
    },
    chooseCondition(condition) {
      const { pack } = get();
      if (pack.state !== 'ready' || !pack.value.conditions.some(({ id }) => id === condition)) return;
      set({ condition });
      evaluation.load();
    },
    chooseTask(task) {
      const { pack } = get();
      const found = pack.state === 'ready' ? pack.value.tasks.find(({ id }) => id === task) : undefined;
      if (!found) return;
      set({ task, metric: found.metric });
      inputs.predict();
      evaluation.load();
    },
    chooseHeads(part) {
      const { pack, variant, seeds, variantLoad, headsWanted } = get();
      if (pack.state !== 'ready') return;
      // beside what is on its way already: whoever asks for a penalty and then for all seeds gets both
      const coming = variantLoad.state === 'loading' ? headsWanted : null;
      const wanted: WantedHeads = { variant, seeds, ...coming, ...part };
      if (!pack.value.variants.some(({ id }) => id === wanted.variant)) return;
      void fetchHeads(wanted, () => {
        const before = get();
        if (wanted.variant === before.variant && wanted.seeds === before.seeds) return;
        set(wanted);
        // the maps of fused states follow the prediction
        inputs.predict();
        if (recordVariant(pack.value, wanted.variant) !== recordVariant(pack.value, before.variant))
          evaluation.load();
      });
    },
    cancelPack: () => fetching?.abort(),
    deletePack() {
      const chosen = entry();
      if (!chosen) return;
      void engine
        .call('deletePack', { url: chosen.url })
        .then(({ bytes }) =>
          set({
            packBytes: { ...get().packBytes, cached: false },
            notice: `${chosen.title}: ${(bytes / 1e6).toFixed(1)} MB deleted from this browser. It stays in use until the page is closed.`,
          }),
        )
        .catch((error: unknown) => set({ notice: sentence(error) }));
    },
  };
}

const noBytes = { loaded: 0, total: 0, cached: false };
