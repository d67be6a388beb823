/**
 * The dependency between A and B: how the matrix shows it, what T says of the person's own sample, what training with
 * it brought, and the heads that were trained with it.
 */
import type {
  Alignments,
  DependencyMeasure,
  Explanation,
  TellingPlace,
} from '../engine/dependency/operations';
import { isQuiet } from '../engine/engine';
import type { LayerPair } from '../math/skew';
import type { PenaltyEvaluation } from '../packs/dependency-evaluation';
import { sentence, track, type Context } from './context';
import { failed, idle, loading, ready } from './defaults';
import { headsInUse, strategyPairsNow } from './selectors';
import type { AppState, Load } from './state';

/** Of a variant, by one seed or by all. */
export type WantedHeads = Pick<AppState, 'variant' | 'seeds'>;

export interface DependencyState {
  alignments: Load<Alignments>;
  /** The matrix shows values minus the mean of their nulls, where there are nulls. */
  overChance: boolean;
  explanation: Load<Explanation>;
  /** Where T tells matched from mismatched pairs; asked for where it does not at the pair in use. */
  telling: Load<{ looks: number; places: TellingPlace[] }>;
  /** What the penalties brought, of the pairing in use. */
  penalty: Load<PenaltyEvaluation>;
  /** Other heads on their way: which, and how far, or why they did not come. Those before stay in use. */
  variantLoad: Load<never>;
  headsWanted: WantedHeads | null;
}

export interface DependencyActions {
  /** All alignment matrices of the pairing, for those who show more than one. */
  loadAlignments(): void;
  setOverChance(on: boolean): void;
  /** What the penalties brought, once for a pairing. */
  loadPenalty(): void;
  /** Ask whether the sample's A and B belong together. @param pair left out: the first of the strategy */
  explain(measure: DependencyMeasure, pair?: LayerPair): void;
  stopExplaining(): void;
  /** Look for where T tells matched from mismatched evaluation pairs. */
  findTelling(): void;
}

type Slice = Omit<DependencyActions, 'loadAlignments'>;

const scopeOf = ({ packId, pairing }: Pick<AppState, 'packId' | 'pairing'>): string => `${packId} ${pairing}`;

export function dependencySlice({ set, get, engine }: Context): Slice {
  let stopping: AbortController | null = null;
  let searching: AbortController | null = null;
  return {
    setOverChance: (overChance) => set({ overChance }),
    loadPenalty() {
      const { pack, pairing, penalty } = get();
      if (pack.state !== 'ready' || penalty.state === 'ready' || penalty.state === 'loading') return;
      const scope = scopeOf(get());
      void track<PenaltyEvaluation>(
        (load) => {
          if (scopeOf(get()) === scope) set({ penalty: load });
        },
        'figures of the penalties',
        (onProgress) => engine.call('penalty', { pairing }, { lane: 'penalty', onProgress }),
      );
    },
    explain(measure, asked) {
      stopping?.abort();
      const pair = asked ?? strategyPairsNow(get())[0];
      if (!pair) return;
      const mine = (stopping = new AbortController());
      const put = (explanation: Load<Explanation>): void => {
        if (stopping === mine) set({ explanation });
      };
      const { pairing, seed, a, b } = get();
      const given = ({ input, degradation }: typeof a) => ({ input, degradation });
      put(loading('statistical networks'));
      engine
        .call(
          'explain',
          { pairing, measure, pair, a: given(a), b: given(b), seed },
          {
            lane: 'explain',
            signal: mine.signal,
            onProgress: ({ done, total, stage }) => put(loading(stage, done, total)),
          },
        )
        .then((value) => put(ready(value)))
        .catch((error: unknown) => put(isQuiet(error) ? idle : failed(sentence(error))));
    },
    stopExplaining() {
      stopping?.abort();
      searching?.abort();
      stopping = searching = null;
      set({ explanation: idle, telling: idle });
    },
    findTelling() {
      if (get().telling.state === 'ready' || get().telling.state === 'loading') return;
      const mine = (searching = new AbortController());
      const { pairing, seed } = get();
      void track<{ looks: number; places: TellingPlace[] }>(
        (telling) => {
          if (searching === mine) set({ telling });
        },
        'where T tells pairs apart',
        (onProgress) =>
          engine.call('telling', { pairing, seed }, { lane: 'telling', signal: mine.signal, onProgress }),
      );
    },
  };
}

/**
 * Fetches other heads before they take the place of those in use, so that a sample never waits on an empty page, and
 * stays where they cannot be had. The last ones asked for win.
 */
export function createHeadsFetch({ set, get, engine }: Context) {
  let asked = 0;
  return async (wanted: WantedHeads, arrived: () => void): Promise<void> => {
    const mine = ++asked;
    const { pairing, task } = get();
    const scope = scopeOf(get());
    const current = (): boolean =>
      mine === asked && scopeOf(get()) === scope && get().task === task && get().pack.state === 'ready';
    set({ headsWanted: wanted });
    const done = await track<never>(
      (variantLoad) => {
        if (current()) set({ variantLoad: variantLoad.state === 'ready' ? idle : variantLoad });
      },
      'heads',
      (onProgress) =>
        engine.call(
          'variant',
          { pairing, task, ...headsInUse({ ...get(), ...wanted }) },
          { lane: 'variant', onProgress },
        ) as Promise<never>,
    );
    if (!current()) return;
    if (!done) {
      // neither there nor failed: the worker was replaced on the way, and may be asked again
      if (get().variantLoad.state === 'loading') set({ variantLoad: idle, headsWanted: null });
      return;
    }
    set({ headsWanted: null });
    arrived();
  };
}
