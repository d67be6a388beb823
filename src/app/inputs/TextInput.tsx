import { useEffect, useRef, useState } from 'react';
import type { Seen } from '../../engine/protocol';
import { useApp } from '../../store/react';
import { Popover } from '../chrome/Popover';
import type { InputProps } from './DrawingInput';
import { ExamplePicker } from './ExamplePicker';
import { FileButton } from './FileButton';
import { accepted } from './files';
import { giveText } from './text';

/** Between the last key and the prediction: short enough to follow, long enough not to encode every letter. */
const typingPauseMs = 180;
/** Pieces below the text; the rest is behind the count. */
const shownPieces = 24;

type Tokens = Extract<Seen, { kind: 'tokens' }>;

/** "31 tokens, 2 unknown; 9 more are past the encoder's length" */
function tokenWords({ used, cut, unknown }: Tokens): string {
  return [
    `${used} ${used === 1 ? 'token' : 'tokens'}`,
    unknown > 0 ? `, ${unknown} unknown` : '',
    cut > 0 ? `; ${cut.toLocaleString('en')} more cut` : '',
  ].join('');
}

const Pieces = ({ pieces }: { pieces: string[] }) =>
  pieces.map((piece, n) => (
    <span key={n} className={/^\[.*\]$/.test(piece) ? 'piece special' : 'piece'}>
      {piece}
    </span>
  ));

/** What the encoder reads of the text: pieces of words, as many as it takes, and what was cut. */
function Read({ tokens }: { tokens: Tokens }) {
  const inner = tokens.tokens.slice(1, -1);
  return (
    <>
      <p
        className="pieces"
        role="img"
        aria-label={`What the text encoder reads begins: ${inner.slice(0, shownPieces).join(' ')}`}
      >
        <Pieces pieces={inner.slice(0, shownPieces)} />
      </p>
      <p className="fine tokens">
        <Popover
          className="link"
          button={tokenWords(tokens)}
          name="What the text encoder reads"
          panelClass="reads"
        >
          {() => (
            <>
              <p className="fine">
                Pieces of words from the encoder’s vocabulary; ## goes on with the word before.
                {tokens.unknown > 0 && ' [UNK] stands for what it does not know.'}
              </p>
              <p className="pieces all">
                <Pieces pieces={tokens.tokens} />
              </p>
              {tokens.cutAt !== null && (
                <p className="fine">
                  {`The encoder takes ${tokens.used} pieces. It does not read from here on: “${tokens.text.slice(tokens.cutAt, tokens.cutAt + 80).trim()}…”`}
                </p>
              )}
            </>
          )}
        </Popover>
      </p>
    </>
  );
}

/** What is in the field and not (yet) the input: being typed, or refused by the encoder. */
interface Draft {
  text: string;
  tried: boolean;
}

/** Text: typed, pasted, dropped or an example; below it what the tokenizer makes of it. */
export default function TextInput({
  side,
  info,
  giving,
  onFile,
  children,
}: InputProps & { onFile(file: File): void }) {
  const { input, seen, problem } = useApp((s) => s[side]);
  const given = input?.kind === 'text' ? input.text : '';
  const [draft, setDraft] = useState<Draft | null>(null);
  const taken = draft?.text === given;
  // Replaced by something else: the field shows the input again. What was refused stays there to be mended.
  if (draft?.tried && !taken && problem === null) setDraft(null);
  const latest = useRef(giving);
  useEffect(() => {
    latest.current = giving;
  });
  useEffect(() => {
    if (!draft || draft.tried) return;
    const timer = setTimeout(() => {
      giveText(latest.current, draft.text);
      setDraft({ ...draft, tried: true });
    }, typingPauseMs);
    return () => clearTimeout(timer);
  }, [draft]);
  const tokens = seen?.kind === 'tokens' && given ? seen : null;
  const refused = draft?.tried === true && !taken && problem !== null;
  return (
    <>
      <textarea
        className="words"
        aria-label={`${info.label}: text`}
        placeholder="Type or paste here"
        spellCheck={false}
        value={draft?.text ?? given}
        onChange={(event) => setDraft({ text: event.target.value, tried: false })}
      />
      {tokens && !refused ? (
        <Read tokens={tokens} />
      ) : (
        <p className="fine tokens">
          {refused
            ? given
              ? 'not used: the text before still counts'
              : 'not used'
            : given || draft
              ? 'tokens follow'
              : 'nothing typed yet'}
        </p>
      )}
      {children}
      <div className="row">
        <button
          type="button"
          className="btn"
          disabled={!given && !draft}
          onClick={() => {
            setDraft(null);
            giving.give(null, '');
          }}
        >
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
