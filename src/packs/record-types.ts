/**
 * The evaluation record of a pack: what every model said about every evaluation sample, for one pairing, task,
 * variant, condition and split. Small integers, so that the bootstrap and the metrics run in the tab.
 */
export interface EvaluationRecord {
  pairing: string;
  task: string;
  variant: string;
  condition: string;
  split: 'validation' | 'test';
  /** Layers of A and of B; the models below are in the order of `modelCount`. */
  la: number;
  lb: number;
  classes: number;
  /** Ids of the samples of A and of B that make each pair. */
  idsA: string[];
  idsB: string[];
  /** [n] true class. */
  labels: Uint8Array;
  /** [n] which independent unit (writer, speaker, video, chapter, item) the sample belongs to. */
  units: Uint16Array;
  /** What a unit is, for captions: "writer". */
  unitName: string;
  /**
   * [models, n] predicted class, models in this order: la probes of A, lb probes of B, the heads in the order of
   * `headSpecs` (math/skew.ts), then the score sum.
   */
  predicted: Uint8Array;
  /** [models, n] probability of the predicted class, times 255 and rounded. */
  confidence: Uint8Array;
  /** [models, n] −log p of the true class in sixteenths, capped at 255. */
  trueLoss: Uint8Array;
  /** [la·lb, n, classes] −log p of every class by the pair heads, in sixteenths; only where the pack ships it. */
  pairLogs?: Uint8Array;
  /**
   * Where the target is a number: [n] the true one and [models, n] what each model predicts. The classes are then ranges
   * of it, and confidence and loss are zero.
   */
  numbers?: { truth: Float32Array; said: Float32Array };
}
