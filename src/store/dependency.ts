/** The dependency between A and B: how the matrix shows it, and what T says of the person's own sample. */
import type { Alignments, DependencyMeasure, Explanation } from '../engine/dependency/operations';
import { isQuiet } from '../engine/engine';
import { sentence, type Context } from './context';
import { failed, idle, loading, ready } from './defaults';
import { strategyPairsNow } from './selectors';
import type { Load } from './state';

export interface DependencyState {
  alignments: Load<Alignments>;
  /** The matrix shows values minus the mean of their nulls, where there are nulls. */
  overChance: boolean;
  explanation: Load<Explanation>;
}

export interface DependencyActions {
  /** All alignment matrices of the pairing, for those who show more than one. */
  loadAlignments(): void;
  setOverChance(on: boolean): void;
  /** Ask whether the sample's A and B belong together, at the first pair of the strategy. */
  explain(measure: DependencyMeasure): void;
  stopExplaining(): void;
}

type Slice = Omit<DependencyActions, 'loadAlignments'>;

export function dependencySlice({ set, get, engine }: Context): Slice {
  let stopping: AbortController | null = null;
  return {
    setOverChance: (overChance) => set({ overChance }),
    explain(measure) {
      stopping?.abort();
      const [pair] = strategyPairsNow(get());
      if (!pair) return;
      const mine = (stopping = new AbortController());
      const put = (explanation: Load<Explanation>): void => {
        if (stopping === mine) set({ explanation });
      };
      const { pairing, seed, a, b } = get();
      // T reads what an encoder was given: of an evaluation sample only the states are here
      const given = ({ input, degradation }: typeof a) => ({
        input: input?.kind === 'stored' ? null : input,
        degradation,
      });
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
      stopping = null;
      set({ explanation: idle });
    },
  };
}
