/** A study that has not begun. */
import type { StudyState } from './study';

export const emptyStudy = (): StudyState => ({
  files: [],
  a: null,
  b: null,
  table: null,
  options: { seed: 0, epochs: 30, metric: 'accuracy', validation: 0.15, test: 0.15 },
  preview: { state: 'idle' },
  training: { state: 'idle' },
  progress: null,
  left: null,
  paused: false,
  accuracy: null,
  problem: null,
});
