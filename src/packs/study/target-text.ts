/** The target of a study in words. */
import type { StudyPreview } from './preview';

const short = (x: number): string => String(Number(x.toPrecision(3)));

/** "4 classes", "numbers from −3 to 3, mean 0.2". */
export const targetText = ({ range, classes }: Pick<StudyPreview, 'range' | 'classes'>): string =>
  range
    ? `numbers from ${short(range.least)} to ${short(range.most)}, mean ${short(range.mean)}`
    : `${classes.length} classes`;
