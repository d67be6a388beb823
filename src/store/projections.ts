/** The three maps of the evaluation samples: the layer of A, the layer of B and the fused vector in use. */
import { EngineError } from '../engine/engine';
import type { Projection, ProjectionSpace } from '../engine/protocol';
import { strategyPairs } from '../math/skew';
import { track, type Context } from './context';
import { layersOf, strategyHead } from './models';
import type { AppState } from './state';

const UMAP_PAUSE = 400;

export interface ProjectionsControl {
  /** Ask for those that are of something else by now: the strategy, the method, the seed, the sample. */
  refresh(): void;
  /** The next `refresh` asks for all of them. */
  forget(): void;
}

export function projectionsControl({ set, get, engine }: Context): ProjectionsControl {
  const shown: Record<'a' | 'b' | 'fused', string> = { a: '', b: '', fused: '' };

  function refresh(): void {
    const { pack, strategy, pairing, task, variant, projectionMethod: method, seed, outputs } = get();
    const l = pack.state === 'ready' ? layersOf(pack.value, pairing) : null;
    if (!l) return;
    const [first] = strategy.kind === 'pair' ? [strategy.pair] : strategyPairs(strategy, l.la, l.lb);
    const spaces = {
      a: { side: 'a', layer: first.i },
      b: { side: 'b', layer: first.j },
      fused: { side: 'fused', head: strategyHead(strategy, l) },
    } as const satisfies Record<string, ProjectionSpace>;
    for (const where of ['a', 'b', 'fused'] as const) {
      const body = { pairing, task, variant, space: spaces[where], method, seed };
      // The sample's place is part of the answer: another sample is another question.
      const key = JSON.stringify([get().packId, body]) + outputSerial(outputs);
      if (shown[where] === key) continue;
      const before = get().projections[where];
      shown[where] = key;
      void track<Projection>(
        (load) => {
          if (shown[where] !== key) return;
          // PCA is back within a frame or two: no flicker in between.
          if (load.state === 'loading' && method === 'pca' && before.state === 'ready') return;
          set({ projections: { ...get().projections, [where]: load } });
        },
        method === 'pca' ? 'PCA' : 'UMAP',
        async (onProgress) => {
          // UMAP takes seconds: a slider on its way should not begin one at every step.
          if (method === 'umap') await new Promise((resolve) => setTimeout(resolve, UMAP_PAUSE));
          if (shown[where] !== key) throw new EngineError('superseded', 'Another map is wanted.');
          return engine.call('projection', body, { lane: `projection ${where}`, onProgress });
        },
      );
    }
  }

  return {
    refresh,
    forget: () => {
      shown.a = shown.b = shown.fused = '';
    },
  };
}

const serials = new WeakMap<object, number>();
let nextSerial = 1;
/** A number for each SampleOutputs, so that it can be part of a key. */
function outputSerial(outputs: AppState['outputs']): number {
  if (outputs.state !== 'ready') return 0;
  const known = serials.get(outputs.value);
  if (known) return known;
  serials.set(outputs.value, nextSerial);
  return nextSerial++;
}
