/** What the page and the worker say to each other about packs beside one another. Types only. */
import type { PairClustering } from '../../math/pair-clustering';
import type { PackSummary } from '../../packs/summary';

export interface OverviewOperations {
  /** What each pack's evaluation says; a pack that cannot be read gives the sentence why. */
  summaries: {
    request: { urls: string[] };
    reply: { packs: (PackSummary | { url: string; problem: string })[] };
    progress: { done: number; total: number };
  };
  /** Clusters of the evaluation samples by every pair of layers, without their labels; pairs stream in. */
  clustering: {
    request: { pairing: string; clusters: number; seed: number };
    reply: { n: number; soFar: PairClustering };
    progress: { done: number; total: number; soFar: PairClustering };
  };
}
