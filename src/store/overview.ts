/** Packs beside one another, and the clusters of the pack in use: asked for when their view is opened. */
import type { PairClustering } from '../math/pair-clustering';
import type { PackSummary } from '../packs/summary';
import { track, type Context } from './context';
import { loading } from './defaults';
import type { Load } from './state';

/** As many as the published text–text task has genres in its clustering. */
export const CLUSTERS = 4;

export interface ClusteringState extends PairClustering {
  /** What it is of: another pack or pairing makes it old. */
  key: string;
  /** Pairs that are done, of how many; evaluation samples, 0 until all pairs are done. */
  done: number;
  total: number;
  n: number;
}

type Summaries = (PackSummary | { url: string; problem: string })[];

export interface OverviewState {
  summaries: Load<Summaries>;
  clustering: Load<ClusteringState>;
  clusteringRunning: boolean;
}

export interface OverviewActions {
  loadSummaries(): void;
  runClustering(): void;
  stopClustering(): void;
}

export const clusteringKey = ({ packId, pairing }: { packId: string; pairing: string }): string =>
  `${packId} ${pairing}`;

export function overviewSlice({ set, get, engine }: Context): OverviewActions {
  let stopping: AbortController | null = null;
  return {
    loadSummaries() {
      const { packs } = get();
      if (packs.state !== 'ready') return;
      // A person's own study has no test evaluation of this form.
      const urls = packs.value.map(({ url }) => url).filter((url) => !url.startsWith('study:'));
      void track<Summaries>(
        (summaries) => set({ summaries }),
        'evaluations of the packs',
        async (onProgress) =>
          (await engine.call('summaries', { urls }, { lane: 'summaries', onProgress })).packs,
      );
    },
    runClustering() {
      stopping?.abort();
      const mine = new AbortController();
      stopping = mine;
      const { pairing, seed } = get();
      const key = clusteringKey(get());
      set({ clusteringRunning: true, clustering: loading('clusters') });
      const show = (part: Omit<ClusteringState, 'key'>): void => {
        if (stopping === mine) set({ clustering: { state: 'ready', value: { key, ...part } } });
      };
      void track<ClusteringState>(
        (clustering) => {
          if (stopping === mine && clustering.state === 'failed') set({ clustering });
        },
        'clusters',
        async () => {
          const { n, soFar } = await engine.call(
            'clustering',
            { pairing, clusters: CLUSTERS, seed },
            {
              lane: 'clustering',
              signal: mine.signal,
              onProgress: ({ done, total, soFar }) => show({ ...soFar, done, total, n: 0 }),
            },
          );
          const total = soFar.silhouette.length;
          show({ ...soFar, done: total, total, n });
          return { key, ...soFar, done: total, total, n };
        },
      ).then(() => {
        if (stopping === mine) set({ clusteringRunning: false });
      });
    },
    stopClustering() {
      stopping?.abort();
      stopping = null;
      set({ clusteringRunning: false });
    },
  };
}
