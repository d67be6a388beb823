import { lazy, Suspense, useId, useRef, useState, type DragEvent } from 'react';
import { flushSync } from 'react-dom';
import { useActions, useApp } from '../../store/react';
import { BatchButton } from '../batch/BatchButton';
import { Icon, modalityIcon } from '../chrome/Icons';
import { AudioInput } from './AudioInput';
import { controlsOf } from './degradations';
import { DrawingInput, type InputProps } from './DrawingInput';
import { readFile, shortName } from './files';
import { usePastedFiles } from './paste';
import { useGiving, useSide, type Side, type SideInfo } from './side';
import { Slider } from './Slider';
import { StandardCondition } from './StandardCondition';

// Packs of drawings and sound do not wait for these.
const TextInput = lazy(() => import('./TextInput'));
const ImageInput = lazy(() => import('./ImageInput'));
const FeaturesInput = lazy(() => import('./FeaturesInput'));
const StoredInput = lazy(() => import('./StoredInput'));

/** Not there yet: the panel keeps its place and says what it waits for. */
function EmptyPanel({ side }: { side: Side }) {
  const packs = useApp((s) => s.packs);
  return (
    <section className={`panel in ${side}`} aria-label={`Input ${side.toUpperCase()}`}>
      <header>
        <h2>
          <span className="ab">{side.toUpperCase()}</span>
        </h2>
      </header>
      <div className="pad still">
        <p className="hint">
          {packs.state === 'failed'
            ? 'There is no pack to give an input to.'
            : 'Waiting for the list of packs…'}
        </p>
      </div>
    </section>
  );
}

export function InputPanel({ side }: { side: Side }) {
  const info = useSide(side);
  const packId = useApp((s) => s.packId);
  return info ? <Panel key={`${packId} ${info.key}`} side={side} info={info} /> : <EmptyPanel side={side} />;
}

function Body({ info, ...rest }: InputProps & { onFile(file: File): void }) {
  const props = { info, ...rest };
  const stored = useApp((s) => s[rest.side].input?.kind === 'stored');
  if (stored && info.kind !== 'features')
    return (
      <Suspense fallback={<div className="unseen" />}>
        <StoredInput {...props} />
      </Suspense>
    );
  switch (info.kind) {
    case 'video':
      return <DrawingInput {...props} />;
    case 'audio':
      return <AudioInput {...props} />;
    case 'text':
      return (
        <Suspense fallback={<div className="words" />}>
          <TextInput {...props} />
        </Suspense>
      );
    case 'image':
      return (
        <Suspense fallback={<div className="pictures" />}>
          <ImageInput {...props} />
        </Suspense>
      );
    case 'features':
      return (
        <Suspense fallback={<div className="unseen" />}>
          <FeaturesInput {...props} />
        </Suspense>
      );
  }
}

/** The sliders; a tick where the standard condition changes something. */
function Degrading({ side, info }: { side: Side; info: SideInfo }) {
  const { setDegradation } = useActions();
  const degradation = useApp((s) => s[side].degradation);
  return (
    <>
      {controlsOf(info.kind).map((control) => {
        const at = control.at(degradation);
        const standard = info.standard && control.at(info.standard);
        return (
          <Slider
            key={control.label}
            label={control.label}
            max={control.max}
            value={at}
            words={control.words(at)}
            standard={standard !== null && standard !== control.at({}) ? standard : undefined}
            onChange={(next) => setDegradation(side, control.change(next))}
          />
        );
      })}
      {degradation.dropped && (
        <label className="ctl instead">
          <span>Replaced by</span>
          <select
            value={degradation.dropped}
            onChange={(event) =>
              setDegradation(side, { dropped: event.target.value === 'noise' ? 'noise' : 'means' })
            }
          >
            <option value="means">its means</option>
            <option value="noise">noise of its spread</option>
          </select>
        </label>
      )}
    </>
  );
}

function Panel({ side, info }: { side: Side; info: SideInfo }) {
  const { setDegradation } = useActions();
  const { input, degradation, problem, name } = useApp((s) => s[side]);
  const giving = useGiving(side);
  const title = useId();
  const [over, setOver] = useState(false);
  /** The file that is being read; a film takes seconds. */
  const [reading, setReading] = useState<string | null>(null);
  const dropped = degradation.dropped !== undefined;
  /** There is nothing that a drop could take away, or that could come back. */
  const missing = info.kind === 'features' && input === null;
  /** One that takes long must not come after a later one. */
  const latest = useRef<File | null>(null);
  const give = (file: File) => {
    latest.current = file;
    const isLatest = () => latest.current === file;
    setReading(shortName(file.name));
    const end = (say: () => void) => {
      if (!isLatest()) return;
      // at once: what it came to must not stand beside "reading…"
      flushSync(() => setReading(null));
      say();
    };
    readFile(info.kind, file).then(
      (read) => end(() => giving.give(read.input, read.name)),
      (error: unknown) => end(() => giving.reject(error)),
    );
  };
  usePastedFiles(side, give);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    const text = event.dataTransfer.getData('text/plain');
    if (file) give(file);
    else if (text && info.kind === 'text')
      void import('./text').then(({ giveText }) => giveText(giving, text)).catch(giving.reject);
  };
  return (
    <section
      className={`panel in ${side} ${dropped ? 'dropped' : ''} ${over ? 'over' : ''}`}
      aria-busy={reading !== null}
      aria-labelledby={title}
      data-side={side}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={onDrop}
    >
      <header>
        <h2 id={title}>
          <span className="ab">{side.toUpperCase()}</span>
          {info.label}
        </h2>
        <p className="sub">
          <Icon name={modalityIcon(info.of)} />
          <span>{info.family}</span>
        </p>
        <label className="drop">
          <input
            type="checkbox"
            role="switch"
            checked={dropped || missing}
            disabled={missing}
            aria-label={`Drop ${info.label}: its states are replaced by their means`}
            onChange={(event) =>
              setDegradation(side, { dropped: event.target.checked ? 'means' : undefined })
            }
          />
          <span aria-hidden="true">{missing ? 'missing' : 'drop'}</span>
        </label>
      </header>
      <Body side={side} info={info} giving={giving} onFile={give}>
        <Degrading side={side} info={info} />
      </Body>
      <p className="refused" role="alert">
        {problem && (
          <>
            <Icon name="warn" />
            {problem}
          </>
        )}
      </p>
      <div className="fine foot-line">
        <span title={name}>{reading ? `reading ${reading}…` : name}</span>
        {info.kind !== 'video' && giving.canUndo && (
          <button
            type="button"
            className="ic"
            aria-label="Undo"
            title="Back to what was given before"
            onClick={giving.undo}
          >
            <Icon name="undo" />
          </button>
        )}
      </div>
      {side === 'b' && (
        <div className="fine standard">
          <StandardCondition />
          <BatchButton />
        </div>
      )}
    </section>
  );
}
