/** Skew, sparsity, one chosen pair, and what the matrix shows. Nothing here waits: all heads are computed already. */
import { diagonalLength, type LayerPair } from '../math/skew';
import type { Context } from './context';
import { layersOf, type Layers } from './models';
import type { App, AppState, Strategy } from './state';

type StrategySlice = Pick<
  App,
  'setSkew' | 'setSparsity' | 'choosePair' | 'jump' | 'backToStrategy' | 'setMetric' | 'setMode' | 'setFocus'
>;

const clamp = (x: number, lo: number, hi: number) => Math.min(hi, Math.max(lo, Math.round(x)));

/** Skew wins: the sparsity is cut to the diagonal's length, and the one asked for returns when d allows. */
export function atSkew(d: number, wantedK: number, { la, lb }: Layers): Strategy {
  const skew = clamp(d, -(la - 1), lb - 1);
  return { kind: 'skew', d: skew, k: clamp(wantedK, 1, diagonalLength(skew, la, lb)) };
}

/** The strategy in use in a pairing of other layers: a pair that is not there gives way to late fusion. */
export function atLayers(
  { strategy, wantedK }: Pick<AppState, 'strategy' | 'wantedK'>,
  layers: Layers,
): Strategy {
  if (strategy.kind === 'skew') return atSkew(strategy.d, wantedK, layers);
  return pairExists(strategy.pair, layers) ? strategy : atSkew(0, 1, layers);
}

/** The slider that moved wins: where the diagonal is too short for k, the skew gives way towards zero. */
export function atSparsity(d: number, k: number, layers: Layers): Strategy {
  const { la, lb } = layers;
  const wanted = clamp(k, 1, Math.min(la, lb));
  let skew = clamp(d, -(la - 1), lb - 1);
  while (diagonalLength(skew, la, lb) < wanted && skew !== 0) skew -= Math.sign(skew);
  return atSkew(skew, wanted, layers);
}

export const pairExists = ({ i, j }: LayerPair, { la, lb }: Layers): boolean =>
  Number.isInteger(i) && Number.isInteger(j) && i >= 1 && j >= 1 && i <= la && j <= lb;

/** The skew of the pack's SSFN for what is chosen; null where the pack names none. */
export function ssfnSkew(state: AppState): number | null {
  if (state.pack.state !== 'ready') return null;
  const found = state.pack.value.ssfn.find(
    (s) =>
      s.pairing === state.pairing &&
      s.task === state.task &&
      s.variant === state.variant &&
      s.condition === state.condition,
  );
  return found ? found.d : null;
}

export function strategySlice({ set, get }: Context, changed: () => void): StrategySlice {
  /** The last skew strategy, to which Esc goes back from a single pair. */
  let before: Extract<Strategy, { kind: 'skew' }> = { kind: 'skew', d: 0, k: 1 };
  const layers = (): Layers | null => {
    const { pack, pairing } = get();
    return pack.state === 'ready' ? layersOf(pack.value, pairing) : null;
  };
  const choose = (strategy: Strategy, more: Partial<AppState> = {}) => {
    if (strategy.kind === 'skew') before = strategy;
    set({ strategy, focus: null, ...more });
    changed();
  };
  const skewNow = () => {
    const { strategy } = get();
    return strategy.kind === 'skew' ? strategy : before;
  };
  return {
    setSkew(d) {
      const l = layers();
      if (l) choose(atSkew(d, get().wantedK, l));
    },
    setSparsity(k) {
      const l = layers();
      if (!l) return;
      const strategy = atSparsity(skewNow().d, k, l);
      choose(strategy, { wantedK: clamp(k, 1, Math.min(l.la, l.lb)) });
    },
    choosePair(pair) {
      const l = layers();
      if (!l || !pairExists(pair, l)) return;
      const { strategy } = get();
      if (strategy.kind === 'skew') before = strategy;
      choose({ kind: 'pair', pair });
    },
    jump(to) {
      const l = layers();
      if (!l) return;
      if (to === 'late') return choose(atSkew(0, 1, l), { wantedK: 1 });
      if (to === 'pairwise') return choose(atSkew(0, Infinity, l), { wantedK: Math.min(l.la, l.lb) });
      const d = ssfnSkew(get());
      if (d === null)
        set({ notice: 'This pack names no SSFN for this condition; late fusion and pairwise are there.' });
      else choose(atSkew(d, 1, l), { wantedK: 1 });
    },
    backToStrategy() {
      if (get().strategy.kind === 'pair') choose(before);
    },
    setMetric(metric) {
      set({ metric });
      changed();
    },
    setMode: (mode) => set({ mode }),
    setFocus: (focus) => set({ focus }),
  };
}
