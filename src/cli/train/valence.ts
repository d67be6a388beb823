/** Whether fine emotions are for or against something. */
import { sentiments } from '../data/mosi';

/** GoEmotions' own groups (Demszky et al. 2020, figure 2); the others are ambiguous, or neutral. */
const groups: Record<(typeof sentiments)[number], readonly string[]> = {
  positive: [
    'admiration',
    'amusement',
    'approval',
    'caring',
    'desire',
    'excitement',
    'gratitude',
    'joy',
    'love',
    'optimism',
    'pride',
    'relief',
  ],
  negative: [
    'anger',
    'annoyance',
    'disappointment',
    'disapproval',
    'disgust',
    'embarrassment',
    'fear',
    'grief',
    'nervousness',
    'remorse',
    'sadness',
  ],
};

/** Index into `sentiments` of the one group that some of the fine emotions are in; −1 if none or both are. */
export function valenceOf(fine: readonly string[]): number {
  const found = sentiments.filter((name) => fine.some((emotion) => groups[name].includes(emotion)));
  return found.length === 1 ? sentiments.indexOf(found[0]) : -1;
}
