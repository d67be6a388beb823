/** Alignment matrices: with nulls from the pack's file, or CKA and mutual nearest neighbours computed in the tab. */
import { track, type Context } from './context';
import { hasDependency, isAlignment } from './models';
import type { AppState } from './state';

export interface AlignmentsControl {
  /** Ask for what the matrix shows, if that is an alignment and not there yet. */
  refresh(): void;
  /** Ask for all there is of the pairing, once. */
  load(): void;
  /** The next `refresh` or `load` asks again. */
  forget(): void;
}

export function alignmentsControl({ set, get, engine }: Context): AlignmentsControl {
  let similarityOf = '';
  let alignmentsOf = '';

  function load(): void {
    const { packId, pairing, pack } = get();
    const key = `${packId} ${pairing}`;
    if (pack.state !== 'ready' || key === alignmentsOf) return;
    alignmentsOf = key;
    void track(
      (alignments: AppState['alignments']) => {
        if (alignmentsOf === key) set({ alignments });
      },
      'alignment matrices',
      (onProgress) => engine.call('alignments', { pairing }, { lane: 'alignments', onProgress }),
    );
  }

  return {
    load,
    refresh() {
      const { metric, pairing, pack } = get();
      if (pack.state !== 'ready' || !isAlignment(metric)) return;
      if (hasDependency(pack.value, pairing)) return load();
      if (metric !== 'cka' && metric !== 'mutual-knn') return;
      const key = `${get().packId} ${pairing} ${metric}`;
      if (key === similarityOf) return;
      similarityOf = key;
      void track(
        (similarity: AppState['similarity']) => set({ similarity }),
        metric,
        async (onProgress) =>
          (await engine.call('similarity', { pairing, measure: metric }, { lane: 'similarity', onProgress }))
            .values,
      );
    },
    forget() {
      similarityOf = alignmentsOf = '';
    },
  };
}
