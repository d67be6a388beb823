import { useEffect, useRef, useState } from 'react';
import { limits } from '../../media/browser/limits';
import { useApp } from '../../store/react';
import type { InputProps } from './DrawingInput';
import { ExamplePicker } from './ExamplePicker';
import { FileButton } from './FileButton';
import { accepted } from './files';

/** Between the last key and the prediction: short enough to follow, long enough not to encode every letter. */
const typingPauseMs = 180;

/** Text: typed, pasted, dropped or an example; below it what the tokenizer makes of it. */
export default function TextInput({
  side,
  info,
  giving,
  onFile,
  children,
}: InputProps & { onFile(file: File): void }) {
  const { input, seen } = useApp((s) => s[side]);
  const given = input?.kind === 'text' ? input.text : '';
  /** What is typed and not yet given. */
  const [draft, setDraft] = useState<string | null>(null);
  const latest = useRef(giving.give);
  useEffect(() => {
    latest.current = giving.give;
  });
  useEffect(() => {
    if (draft === null) return;
    const timer = setTimeout(() => {
      latest.current(draft.trim() ? { kind: 'text', text: draft } : null, draft.trim() ? 'your text' : '');
      setDraft(null);
    }, typingPauseMs);
    return () => clearTimeout(timer);
  }, [draft]);
  const tokens = seen?.kind === 'tokens' && given ? seen : null;
  return (
    <>
      <textarea
        className="words"
        aria-label={`${info.label}: text`}
        placeholder="Type or paste here"
        maxLength={limits.textCharacters}
        spellCheck={false}
        value={draft ?? given}
        onChange={(event) => setDraft(event.target.value)}
      />
      <p className="fine tokens" title={tokens ? tokens.tokens.join(' ') : undefined}>
        {tokens
          ? `${tokens.used} tokens${tokens.cut > 0 ? `; the last ${tokens.cut} are past the encoder's length and are cut` : ''}`
          : given
            ? 'tokens follow'
            : 'nothing typed yet'}
      </p>
      {children}
      <div className="row">
        <button type="button" className="btn" disabled={!given} onClick={() => giving.give(null, '')}>
          Clear
        </button>
        <FileButton
          accept={accepted.text ?? ''}
          label={`Choose a text file for ${info.label}`}
          onFile={onFile}
        />
        <ExamplePicker kind="text" side={side} info={info} giving={giving} />
      </div>
    </>
  );
}
