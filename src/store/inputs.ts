/** What a person gave for A and B, how it is degraded, and the prediction that follows. */
import { EngineError, isQuiet } from '../engine/engine';
import type { Given } from '../engine/protocol';
import type { PackModality } from '../packs/schema';
import { sentence, type Context, type KeptInputs } from './context';
import { emptyInput, failed, idle, loading, ready } from './defaults';
import { canBeGiven, sidesOf } from './models';
import { headsInUse } from './selectors';
import type { App, InputState } from './state';

type Side = 'a' | 'b';
type Inputs = Pick<
  App,
  'setInput' | 'rejectInput' | 'setDegradation' | 'undoInput' | 'predictAside' | 'evaluationSamples'
>;
type Earlier = Pick<InputState, 'input' | 'name'>;

export interface InputsControl {
  actions: Inputs;
  /** Compute the outputs of what is given now, with the pack that is loaded now. */
  predict(): void;
  /** Put the inputs aside, by the modality they are of; the page then holds none. */
  leave(): void;
  /** Bring back what was given for the modalities of the pack and pairing that are open now. */
  enter(): void;
  restore(kept: KeptInputs): void;
}

/** Nothing given; a modality that nobody can give here is left out from the start. */
const untouched = (modality: PackModality): InputState =>
  canBeGiven(modality) ? emptyInput() : { ...emptyInput(), degradation: { dropped: 'means' } };

export function inputsControl({ set, get, engine }: Context, predicted: () => void): InputsControl {
  const earlier: Record<Side, Earlier | null> = { a: null, b: null };
  /** By pack and modality; by pack and side, while the pack was not there to name its modalities. */
  const aside = new Map<string, InputState>();
  let running: { again: boolean; scope: string } | null = null;

  const modalities = () => {
    const { pack, pairing } = get();
    return pack.state === 'ready' ? sidesOf(pack.value, pairing) : null;
  };
  /** What a prediction is by: another one makes the answer that is on its way worthless. */
  const scopeOf = ({ packId, pairing, task, variant, seeds }: App) =>
    [packId, pairing, task, variant, seeds].join(' ');

  const change = (side: Side, part: Partial<InputState>) => {
    const next = { ...get()[side], ...part };
    set(side === 'a' ? { a: next } : { b: next });
  };
  const given = ({ input, degradation }: InputState): Given => ({ input, degradation });

  /** What lies aside for modalities that a group of the pack has and the pairing in use has not. */
  function others(): Record<string, Given> | undefined {
    const { pack, packId } = get();
    const ids = modalities();
    if (pack.state !== 'ready' || !pack.value.groups || !ids) return undefined;
    const apart = new Set(pack.value.groups.flatMap((group) => group.modalities));
    apart.delete(ids.a.id);
    apart.delete(ids.b.id);
    return Object.fromEntries(
      [...apart].flatMap((id) => {
        const kept = aside.get(`${packId} ${id}`);
        return kept?.input ? [[id, given(kept)]] : [];
      }),
    );
  }

  async function compute(): Promise<void> {
    const { pack, a, b, pairing, task, outputs } = get();
    const scope = scopeOf(get());
    const stale = () => get().pack !== pack || scopeOf(get()) !== scope;
    if (pack.state !== 'ready') return;
    if (!a.input && !b.input) {
      set({ outputs: idle, predicting: false });
      return predicted();
    }
    set(
      outputs.state === 'ready' ? { predicting: true } : { outputs: loading('encoding'), predicting: true },
    );
    try {
      const reply = await engine.call(
        'predict',
        { pairing, task, ...headsInUse(get()), a: given(a), b: given(b), others: others() },
        {
          lane: 'predict',
          onProgress: ({ stage, loaded, total }) => {
            if (get().outputs.state === 'loading' && !stale())
              set({ outputs: loading(stage, loaded, total) });
          },
        },
      );
      if (stale()) return;
      change('a', { seen: reply.seenA });
      change('b', { seen: reply.seenB });
      set({ outputs: ready(reply.outputs), predicting: false });
      predicted();
    } catch (error) {
      if (stale() || isQuiet(error)) return;
      refused(error, { a: a.input, b: b.input });
    }
  }

  /** An input that cannot be used is taken back, and the sentence says why; the earlier one stays. */
  function refused(error: unknown, tried: Record<Side, InputState['input']>): void {
    const side = error instanceof EngineError && error.code === 'user' ? error.subject : undefined;
    if ((side === 'a' || side === 'b') && get()[side].input === tried[side]) {
      const before = earlier[side];
      earlier[side] = null;
      change(side, { input: before?.input ?? null, name: before?.name ?? '', problem: sentence(error) });
      if (get().outputs.state === 'loading') set({ outputs: idle });
      set({ predicting: false });
      if (get().a.input || get().b.input) predict();
    } else if (!(error instanceof EngineError) || error.code === 'user' || error.code === 'fault')
      set({ outputs: failed(sentence(error)), predicting: false });
  }

  /**
   * One prediction at a time; what changes meanwhile is predicted next, so that a drag shows its way. Another pairing
   * does not wait: what is on its way may be fetching heads that nobody looks at any more.
   */
  function predict(): void {
    const scope = scopeOf(get());
    if (running?.scope === scope) {
      running.again = true;
      return;
    }
    const mine = { again: false, scope };
    running = mine;
    void compute().finally(() => {
      if (running !== mine) return;
      running = null;
      if (mine.again) predict();
    });
  }

  const actions: Inputs = {
    setInput(side, input, name) {
      const now = get()[side];
      earlier[side] = { input: now.input, name: now.name };
      change(side, { input, name, problem: null, seen: input ? now.seen : null });
      predict();
    },
    rejectInput: (side, problem) => change(side, { problem }),
    setDegradation(side, part) {
      change(side, { degradation: { ...get()[side].degradation, ...part } });
      predict();
    },
    undoInput(side) {
      const before = earlier[side];
      if (before) actions.setInput(side, before.input, before.name);
    },
    evaluationSamples: () => engine.call('samples', { pairing: get().pairing }, { lane: 'samples' }),
    async predictAside(a, b, signal) {
      const { pairing, task } = get();
      const body = { pairing, task, ...headsInUse(get()), a, b, aside: true };
      return (await engine.call('predict', body, { signal })).outputs;
    },
  };

  return {
    actions,
    predict,
    leave() {
      const { packId, a, b } = get();
      const ids = modalities();
      aside.set(`${packId} ${ids?.a.id ?? 'a'}`, a);
      aside.set(`${packId} ${ids?.b.id ?? 'b'}`, b);
      earlier.a = earlier.b = null;
      set({ a: emptyInput(), b: emptyInput(), outputs: idle, predicting: false });
    },
    enter() {
      const ids = modalities();
      const { packId } = get();
      if (!ids) return;
      for (const side of ['a', 'b'] as const) {
        const modality = ids[side];
        const bySide = aside.get(`${packId} ${side}`);
        aside.delete(`${packId} ${side}`);
        // what was given while the pack was on its way is newer than what was put aside
        const newer = [get()[side], bySide].find(
          (given) => given && (given.input || given.problem || Object.keys(given.degradation).length),
        );
        const kept = canBeGiven(modality) ? newer : undefined;
        change(side, kept ?? aside.get(`${packId} ${modality.id}`) ?? untouched(modality));
      }
    },
    restore({ a, b }) {
      change('a', a);
      change('b', b);
    },
  };
}
