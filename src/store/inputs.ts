/** What a person gave for A and B, how it is degraded, and the prediction that follows. */
import { EngineError, isQuiet } from '../engine/engine';
import type { GivenInput } from '../engine/protocol';
import { sentence, type Context, type KeptInputs } from './context';
import { emptyInput, failed, idle, loading, ready } from './defaults';
import type { App, InputState } from './state';

type Side = 'a' | 'b';
type Inputs = Pick<App, 'setInput' | 'rejectInput' | 'setDegradation' | 'undoInput' | 'predictAside'>;
type Given = Pick<InputState, 'input' | 'name'>;

export interface InputsControl {
  actions: Inputs;
  /** Compute the outputs of what is given now, with the pack that is loaded now. */
  predict(): void;
  /** Put the inputs of this pack aside and bring back those of another one. */
  exchange(from: string, to: string): void;
  restore(kept: KeptInputs): void;
}

export function inputsControl({ set, get, engine }: Context, predicted: () => void): InputsControl {
  const earlier: Record<Side, Given | null> = { a: null, b: null };
  const aside = new Map<string, { a: InputState; b: InputState }>();
  let running: { again: boolean } | null = null;

  const change = (side: Side, part: Partial<InputState>) => {
    const next = { ...get()[side], ...part };
    set(side === 'a' ? { a: next } : { b: next });
  };
  const given = ({ input, degradation }: InputState): GivenInput => ({ input, degradation });

  async function compute(): Promise<void> {
    const { pack, a, b, pairing, task, variant, outputs } = get();
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
        { pairing, task, variant, a: given(a), b: given(b) },
        {
          lane: 'predict',
          onProgress: ({ stage }) => {
            if (get().outputs.state === 'loading') set({ outputs: loading(stage) });
          },
        },
      );
      if (get().pack !== pack) return;
      change('a', { seen: reply.seenA });
      change('b', { seen: reply.seenB });
      set({ outputs: ready(reply.outputs), predicting: false });
      predicted();
    } catch (error) {
      if (get().pack !== pack || isQuiet(error)) return;
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

  /** One prediction at a time; what changes meanwhile is predicted next, so that a drag shows its way. */
  function predict(): void {
    if (running) {
      running.again = true;
      return;
    }
    const mine = { again: false };
    running = mine;
    void compute().finally(() => {
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
    async predictAside(a, b, signal) {
      const { pairing, task, variant } = get();
      const body = { pairing, task, variant, a, b, aside: true };
      return (await engine.call('predict', body, { signal })).outputs;
    },
  };

  return {
    actions,
    predict,
    exchange(from, to) {
      const { a, b } = get();
      aside.set(from, { a, b });
      earlier.a = earlier.b = null;
      set({ a: emptyInput(), b: emptyInput(), ...aside.get(to), outputs: idle, predicting: false });
    },
    restore({ a, b }) {
      change('a', a);
      change('b', b);
    },
  };
}
