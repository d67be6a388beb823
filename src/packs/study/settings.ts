/** What a study is asked for, and what it rests on. */
import { defaultFit, type FitOptions } from '../../fusion/fit';
import { defaultHead, type HeadShape } from '../../fusion/head';
import type { MetricName } from '../schema';
import type { TargetChoice } from './labels';

export interface StudySettings extends FitOptions {
  seed: number;
  batch: number;
  /** Probability that one side of a pair is dropped while heads train. */
  drop: number;
  head: Pick<HeadShape, 'width' | 'attentionHeads' | 'hidden'>;
  /** Shares of the groups that are held out, where the data do not say themselves. */
  validation: number;
  test: number;
  /** What selects the best probes and the SSFN on validation. */
  metric: MetricName;
  resamples: number;
  /** Whether the labels are classes or numbers; left out, `auto`. */
  target?: TargetChoice;
}

export const defaultStudy: StudySettings = {
  ...defaultFit,
  seed: 0,
  batch: 128,
  drop: 0.2,
  head: { ...defaultHead },
  validation: 0.15,
  test: 0.15,
  metric: 'accuracy',
  resamples: 1000,
};

/** Samples of a split are told apart by these numbers, in this order. */
export const splitNames = ['train', 'validation', 'test'] as const;
export type SplitName = (typeof splitNames)[number];
export type SplitIndex = 0 | 1 | 2;

/** Layer states of one side as a study names them; the states themselves stay with whoever has them. */
export interface SideDescription {
  /** What a person calls it. */
  label: string;
  file: string;
  array: string;
  dtype: string;
  layers: number;
  width: number;
  /** Of the whole file. */
  sha256: string;
}

/** Everything about a study that all its shards share. */
export interface StudyAbout {
  schema: 1;
  program: string;
  title: string;
  a: SideDescription;
  b: SideDescription;
  settings: StudySettings;
  classes: string[];
  /** Where the target is a number. */
  numbers?: StudyNumbers;
  /** What the groups are ("speaker"); null where every sample is its own. */
  groupName: string | null;
  /** One a sample, in the order of A's file. */
  ids: string[];
  labels: number[];
  /** Which group a sample is of. */
  units: number[];
  split: SplitIndex[];
  /** How the split came to be. */
  splitBy: string;
}

/** A number as target: heads learn it standardised, figures are in its own unit. */
export interface StudyNumbers {
  /** One a sample, in the order of A's file. */
  values: number[];
  /** Between the ranges that stand for classes. */
  edges: number[];
  /** Of the training samples. */
  mean: number;
  deviation: number;
}

export const headShapeOf = ({ a, b, settings, classes, numbers }: StudyAbout): HeadShape => ({
  la: a.layers,
  lb: b.layers,
  widthA: a.width,
  widthB: b.width,
  ...settings.head,
  classes: numbers ? 1 : classes.length,
});

/** Samples of one split, in their order. */
export const rowsOfSplit = (split: ArrayLike<number>, which: SplitIndex): Int32Array =>
  Int32Array.from(Array.from(split, (s, i) => (s === which ? i : -1)).filter((i) => i >= 0));
