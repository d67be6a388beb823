/** What linear models of Latin and of English say together of a verse: the teacher of both encoders. */
import { genres, type Verse } from '../data/latin';
import { textTeacher } from './text-teacher';

const languages = ['latin', 'english'] as const;
export type Language = (typeof languages)[number];

/** Both texts of a verse, or of what is made of verses. */
export type Texts = Record<Language, string>;

/**
 * Power of the two models' product: both texts say the same, so that a product alone is too sure. Of .5, .6, .7 and .85, .6 had
 * the least log-loss on validation (.583) and .7 hardly more (.586).
 */
const power = 0.65;

export interface VerseTeacher {
  /** The fold of each training verse, by chapter: the models of a fold have seen none of its verses. */
  fold: number[];
  /** Probabilities of the genres by the models of a fold. */
  unseen(fold: number, texts: Texts): Float32Array;
  /** The same of verses that are not in training, by the models of all that are. */
  of(texts: Texts): Float32Array;
}

/** @param train training verses, and no others @param cache folder that keeps the models */
export function verseTeacher(train: readonly Verse[], cache: string): VerseTeacher {
  const [latin, english] = languages.map((language) =>
    textTeacher(
      train.map((v) => ({ text: v[language], label: v.genre, group: v.unit })),
      genres.length,
      0,
      { cache: `${cache}/teacher-${language}.safetensors`, penalty: 3e-6, skips: true },
    ),
  );
  return {
    fold: latin.fold,
    unseen: (fold, texts) => scoreSum(latin.unseen(fold, texts.latin), english.unseen(fold, texts.english)),
    of: (texts) => scoreSum(latin.of(texts.latin), english.of(texts.english)),
  };
}

/** The product of what two models say, to a power, as probabilities. */
function scoreSum(p: Float32Array, q: Float32Array): Float32Array {
  const product = p.map((x, c) => (x * q[c]) ** power);
  const total = product.reduce((sum, x) => sum + x, 0);
  return product.map((x) => x / total);
}
