import { useApp } from '../../store/react';
import type { EncoderAbout, EncoderSlot, Side } from '../../store/checkpoint/state';
import { useCheckpointActions, useCheckpoints } from './context';
import { Choose, DropPanel } from './DropPanel';
import { megabytes, poolingWords, takesWords } from './words';

/** One of the two encoders: a dropped folder, one that is kept, or one of the open pack's own. */
export function EncoderPanel({ side }: { side: Side }) {
  const slot = useCheckpoints((s) => s[side]);
  const busy = useCheckpoints((s) => s.extraction !== null);
  const { openFolder, close, reject } = useCheckpointActions();
  const { encoder } = slot;
  const name = side.toUpperCase();
  return (
    <DropPanel
      title={`Encoder ${name}`}
      className={side}
      onFiles={busy ? undefined : (files) => openFolder(side, files)}
      onProblem={reject}
    >
      {encoder.state === 'ready' ? (
        <>
          <About about={encoder.value} />
          <PoolingChoice side={side} slot={slot} about={encoder.value} disabled={busy} />
          <Keep side={side} slot={slot} about={encoder.value} />
          <p className="study-row">
            <button type="button" className="btn" disabled={busy} onClick={() => close(side)}>
              Choose another
            </button>
          </p>
        </>
      ) : encoder.state === 'loading' ? (
        <p role="status">Waiting for: {encoder.what}</p>
      ) : (
        <>
          {encoder.state === 'failed' ? (
            <p className="caution" role="alert">
              {encoder.message}
            </p>
          ) : null}
          <p>
            Drop a Hugging Face folder: <code>config.json</code>, <code>model.safetensors</code> or its
            shards, and <code>tokenizer.json</code>, <code>vocab.txt</code> or{' '}
            <code>preprocessor_config.json</code>. BERT, wav2vec 2.0, AST, BEiT, ViT and TimeSformer, up to
            base size and beyond.
          </p>
          <p className="study-row">
            <Choose
              text="Choose a folder…"
              label={`Folder of encoder ${name}`}
              folder
              onFiles={(files) => openFolder(side, files)}
            />
            <Choose
              text="Choose its files…"
              label={`Files of encoder ${name}`}
              onFiles={(files) => openFolder(side, files)}
            />
          </p>
          <Elsewhere side={side} />
        </>
      )}
    </DropPanel>
  );
}

function About({ about }: { about: EncoderAbout }) {
  const { name, architecture, layers, width, takes, source } = about;
  return (
    <p>
      <b>{name}</b> · {architecture}, {layers} layers of width {width}, takes {takesWords[takes]}
      {source.kind === 'checkpoint' ? `, ${megabytes(source.bytes)} of weights` : ', of the open pack'}
    </p>
  );
}

function PoolingChoice({
  side,
  slot,
  about,
  disabled,
}: {
  side: Side;
  slot: EncoderSlot;
  about: EncoderAbout;
  disabled: boolean;
}) {
  const { setPooling } = useCheckpointActions();
  if (about.poolings.length < 2)
    return <p className="fine">A state is pooled to {poolingWords[about.pooling]}.</p>;
  return (
    <label className="checkpoint-field">
      Pooled to
      <select
        value={slot.pooling ?? about.pooling}
        disabled={disabled}
        onChange={({ target }) => {
          const chosen = about.poolings.find((pooling) => pooling === target.value);
          if (chosen) setPooling(side, chosen);
        }}
      >
        {about.poolings.map((pooling, n) => (
          <option key={pooling} value={pooling}>
            {poolingWords[pooling]}
            {n === 0 ? ' (as the family does)' : ''}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Whether it stays in this browser: only if the person says so. */
function Keep({ side, slot, about }: { side: Side; slot: EncoderSlot; about: EncoderAbout }) {
  const { keep, cancelKeep } = useCheckpointActions();
  const unavailable = useCheckpoints((s) => s.kept?.unavailable ?? null);
  if (about.source.kind === 'pack') return null;
  if (slot.keeping)
    return (
      <>
        <progress
          max={slot.keeping.total}
          value={slot.keeping.done}
          aria-label="Bytes that are kept in this browser"
        />
        <p className="study-row">
          <button type="button" className="btn" onClick={cancelKeep}>
            Cancel
          </button>
        </p>
      </>
    );
  if (slot.kept) return <p className="fine">Kept in this browser.</p>;
  if (unavailable) return <p className="fine">{unavailable}</p>;
  return (
    <p className="study-row">
      <button
        type="button"
        className="btn"
        onClick={() => {
          // without it a browser may clear the storage when the disk is full
          void navigator.storage?.persist?.();
          keep(side);
        }}
      >
        Keep it in this browser
      </button>
    </p>
  );
}

/** What needs no folder: kept checkpoints, and the encoders of the open pack that take text or files. */
function Elsewhere({ side }: { side: Side }) {
  const kept = useCheckpoints((s) => s.kept);
  const pack = useApp((s) => s.pack);
  const { openKept, takeFromPack } = useCheckpointActions();
  const own =
    pack.state === 'ready'
      ? pack.value.modalities.filter(({ modality, pooling }) => modality !== 'video' && pooling !== 'given')
      : [];
  const there = kept?.checkpoints.filter(({ complete }) => complete) ?? [];
  if (!own.length && !there.length) return null;
  return (
    <p className="study-row">
      {there.map(({ key, name }) => (
        <button key={key} type="button" className="btn" onClick={() => openKept(side, key)}>
          {name}
        </button>
      ))}
      {own.map(({ id, label, family }) => (
        <button key={id} type="button" className="btn" onClick={() => takeFromPack(side, id)}>
          {label} · {family}, of this pack
        </button>
      ))}
    </p>
  );
}
