import { useActions, useApp } from '../../store/react';
import { megabytes, milliseconds } from './figures';
import { Icon } from './Icons';
import { useInstall, useOnline } from './useInstall';
import './chrome.css';

const usePackTitle = (): string =>
  useApp(({ packs, packId }) =>
    packs.state === 'ready' ? (packs.value.find(({ id }) => id === packId)?.title ?? 'The') : 'The',
  );

/** What is fetched: one bar that only grows, against a total that does not change. */
function Download() {
  const backend = useApp((s) => s.backend);
  const packs = useApp((s) => s.packs);
  const pack = useApp((s) => s.pack);
  const { loaded, total, cached } = useApp((s) => s.packBytes);
  const offline = useApp((s) => s.offline.state);
  const title = usePackTitle();
  const { cancelPack, deletePack, retry } = useActions();
  const warm = useApp((s) => s.warm);

  if (packs.state === 'loading' || packs.state === 'idle') return <Busy what="Reading the list of packs" />;
  if (packs.state === 'failed' || pack.state === 'failed' || backend.state === 'failed')
    return (
      <div className="task">
        <span className="what">
          {packs.state === 'failed'
            ? 'No list of packs'
            : backend.state === 'failed'
              ? 'No backend'
              : `${title} pack not loaded`}
        </span>
        <button type="button" className="link" onClick={retry}>
          Try again
        </button>
      </div>
    );
  if (backend.state !== 'ready') return <Busy what="Starting the backend" />;
  if (pack.state !== 'ready')
    return total > 0 ? (
      <div className="task">
        <span className="what">Fetching the {title} pack</span>
        <progress max={total} value={loaded} aria-label="Download of the pack" />
        <span className="value">
          {megabytes(loaded)} of {megabytes(total)}
        </span>
        <button type="button" className="link" onClick={cancelPack}>
          Cancel
        </button>
      </div>
    ) : (
      <Busy what={`Opening the ${title} pack`} />
    );
  if (warm.state === 'loading') return <Busy what={`${title} pack ready; getting the encoders warm`} />;
  return (
    <div className="task">
      <span className="what">
        {title} pack ready{offline === 'ready' ? ', offline too' : ''}
      </span>
      {total > 0 && (
        <span className="value">
          {megabytes(total)}
          {cached ? ' kept in this browser' : ''}
        </span>
      )}
      <button
        type="button"
        className="link"
        aria-label={`Delete the ${title} pack from this browser`}
        onClick={deletePack}
      >
        Delete
      </button>
    </div>
  );
}

const Busy = ({ what }: { what: string }) => (
  <div className="task">
    <span className="what">{what}</span>
    <progress aria-label={what} />
  </div>
);

function Bootstrap() {
  const bootstrap = useApp((s) => s.bootstrap);
  const running = useApp((s) => s.bootstrapRunning);
  const { stopBootstrap } = useActions();
  if (bootstrap.state !== 'ready' || !running) return null;
  const { done, total } = bootstrap.value;
  return (
    <div className="task">
      <span className="what">Bootstrap</span>
      <progress max={total} value={done} aria-hidden="true" />
      <span className="value">
        {done.toLocaleString('en')} / {total.toLocaleString('en')} resamples
      </span>
      <button type="button" className="link" onClick={stopBootstrap}>
        Stop
      </button>
    </div>
  );
}

function Timings() {
  const outputs = useApp((s) => s.outputs);
  if (outputs.state !== 'ready') return null;
  const { features, a, b, heads, total } = outputs.value.timing;
  const parts = `front ends ${milliseconds(features)}, encoder A ${milliseconds(a)}, encoder B ${milliseconds(b)}, all heads ${milliseconds(heads)}`;
  return (
    <span className="value" title={parts}>
      new sample {milliseconds(total)}
      <span className="hidden"> ({parts})</span>
    </span>
  );
}

function Seed() {
  const seed = useApp((s) => s.seed);
  const { setSeed } = useActions();
  return (
    <label className="seed">
      seed
      <input
        type="number"
        min={0}
        max={999999}
        step={1}
        value={seed}
        onChange={(event) => {
          const next = event.target.valueAsNumber;
          if (Number.isInteger(next) && next >= 0) setSeed(next);
        }}
      />
    </label>
  );
}

/** Privacy, what is being fetched or computed, how long a sample took, the seed. */
export function Footer() {
  const online = useOnline();
  const install = useInstall();
  const offline = useApp((s) => s.offline);
  return (
    <footer className="foot">
      <p className="private" title="The content security policy lets this page talk to its own origin only.">
        <Icon name="lock" />
        Nothing leaves this tab
      </p>
      <Download />
      <Bootstrap />
      {!online && <p className="task">No network: what was loaded once still works.</p>}
      {offline.state === 'unavailable' && offline.reason && <p className="task">{offline.reason}</p>}
      {install && (
        <button type="button" className="link" onClick={install}>
          Install as an app
        </button>
      )}
      <div className="task end">
        <Timings />
        <Seed />
      </div>
    </footer>
  );
}
