import { useState } from 'react';
import { limits } from '../../media/browser/limits';
import type { EncoderAbout, Side } from '../../store/checkpoint/state';
import { Segmented } from '../Segmented';
import { useRecording } from '../inputs/useRecording';
import { useCheckpointActions, useCheckpoints } from './context';
import { Choose, DropPanel } from './DropPanel';
import { Report } from './Report';
import { mediaAccept } from './words';

const article = { text: 'a text', audio: 'a recording', image: 'a picture', video: 'a video' };

/** One input through one of the dropped encoders. */
export function StatesPanel() {
  const a = useCheckpoints((s) => s.a.encoder);
  const b = useCheckpoints((s) => s.b.encoder);
  const states = useCheckpoints((s) => s.states);
  const extraction = useCheckpoints((s) => s.extraction);
  const { computeFile, cancelStates, reject } = useCheckpointActions();
  const [wanted, setSide] = useState<Side>('a');
  const own = (encoder: typeof a) =>
    encoder.state === 'ready' && encoder.value.source.kind === 'checkpoint' ? encoder.value : null;
  const there = { a: own(a), b: own(b) };
  const side = there[wanted] ? wanted : there.a ? 'a' : 'b';
  const about = there[side];
  if (!about) return null;
  const busy = states.state === 'loading' || extraction !== null;
  return (
    <DropPanel
      title="Layer states of one input"
      className="checkpoint-states"
      onFiles={busy ? undefined : ([file]) => computeFile(side, file)}
      onProblem={reject}
    >
      {there.a && there.b ? (
        <Segmented<Side>
          label="Encoder"
          value={side}
          onChange={setSide}
          options={[
            { id: 'a', label: `A ${there.a.name}` },
            { id: 'b', label: `B ${there.b.name}` },
          ]}
        />
      ) : null}
      <Given key={side} side={side} about={about} disabled={busy} />
      {states.state === 'loading' ? (
        <>
          <p role="status">Waiting for: {states.what}</p>
          {states.total ? (
            <progress max={states.total} value={states.done} aria-label="Weights that are read" />
          ) : null}
          <p className="study-row">
            <button type="button" className="btn" onClick={cancelStates}>
              Cancel
            </button>
          </p>
        </>
      ) : states.state === 'failed' ? (
        <p className="caution" role="alert">
          {states.message}
        </p>
      ) : states.state === 'ready' ? (
        <Report of={states.value} />
      ) : null}
    </DropPanel>
  );
}

interface GivenProps {
  side: Side;
  about: EncoderAbout;
  disabled: boolean;
}

/** The gesture of the encoder's kind. */
function Given(props: GivenProps) {
  const { side, about, disabled } = props;
  const { computeFile } = useCheckpointActions();
  if (about.takes === 'text') return <Typed {...props} />;
  return (
    <p className="study-row">
      <Choose
        text={`Choose ${article[about.takes]}…`}
        label={`Choose ${article[about.takes]} for ${about.name}`}
        accept={mediaAccept[about.takes]}
        disabled={disabled}
        onFiles={([file]) => computeFile(side, file)}
      />
      {about.takes === 'audio' ? <Record {...props} /> : null}
      <span className="fine">or drop it here</span>
    </p>
  );
}

function Typed({ side, about, disabled }: GivenProps) {
  const { computeStates } = useCheckpointActions();
  const [text, setText] = useState('');
  return (
    <form
      className="checkpoint-typed"
      onSubmit={(event) => {
        event.preventDefault();
        computeStates(side, { kind: 'text', text }, 'your text');
      }}
    >
      <textarea
        className="words"
        aria-label={`Text for ${about.name}`}
        placeholder="Type or paste here, or drop a text file"
        maxLength={limits.textCharacters}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <button type="submit" className="btn" disabled={disabled || !text.trim()}>
        Compute its states
      </button>
    </form>
  );
}

function Record({ side, disabled }: GivenProps) {
  const { computeStates, reject } = useCheckpointActions();
  const recording = useRecording({
    give: (input) => {
      if (input?.kind === 'audio') computeStates(side, input, 'your recording');
    },
    undo: () => undefined,
    canUndo: false,
    reject,
  });
  const off = recording.phase === 'off';
  return (
    <button
      type="button"
      className="btn rec"
      aria-pressed={!off}
      disabled={disabled && off}
      onClick={off ? recording.start : recording.phase === 'on' ? recording.stop : recording.cancel}
    >
      {off ? 'Record' : recording.phase === 'on' ? `Stop (${recording.seconds.toFixed(1)} s)` : 'Cancel'}
    </button>
  );
}
