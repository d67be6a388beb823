import type { CSSProperties } from 'react';
import { fixed } from './format';

export interface AnswerProps {
  /** The class, or null where nothing can be said. */
  answer: string | null;
  probability: number;
  /** Who disagrees, or why there is no answer. */
  sentence: string;
}

/** The answer in large, announced politely when it changes. */
export function Answer({ answer, probability, sentence }: AnswerProps) {
  return (
    <div className="answer" role="status" aria-live="polite">
      <b
        className={answer && answer.length > 2 ? 'word' : undefined}
        style={{ '--letters': longestWord(answer ?? '') } as CSSProperties}
      >
        {answer ?? '?'}
      </b>
      {answer === null ? null : <span className="answer-p">p {fixed(probability, 2)}</span>}
      <span className="answer-sentence">{sentence}</span>
    </div>
  );
}

const longestWord = (name: string): number => Math.max(1, ...name.split(/\s/).map((word) => word.length));
