import { useId } from 'react';
import type { BackendChoice, BackendName, BackendStatus } from '../../engine/protocol';
import { useActions, useApp } from '../../store/react';
import { scientific } from './figures';
import { Popover } from './Popover';

const names: Record<BackendName, string> = { webgpu: 'WebGPU', wasm: 'WASM', cpu: 'CPU' };
const choices: { id: BackendChoice; label: string; what: string }[] = [
  { id: 'auto', label: 'The best that works', what: 'WebGPU, else WASM, else CPU' },
  { id: 'webgpu', label: 'WebGPU', what: 'the graphics processor' },
  { id: 'wasm', label: 'WASM', what: 'the processor, with vector instructions' },
  { id: 'cpu', label: 'CPU', what: 'plain JavaScript, slow' },
];

function Details({ status }: { status: BackendStatus }) {
  const rows: [string, string][] = [
    ['Backend', names[status.backend]],
    ...(status.adapter ? ([['Adapter', status.adapter]] as [string, string][]) : []),
    ...(status.backend === 'wasm' ? ([['Threads', String(status.threads)]] as [string, string][]) : []),
    ['Kernels', status.kernels],
    ['Self-test error', scientific(status.selfTestError)],
  ];
  return (
    <>
      <dl>
        {rows.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p>{status.reason}</p>
      <p className="fine">
        The self-test runs a small network here and in plain arithmetic; its error is the largest difference.
      </p>
    </>
  );
}

function Choice() {
  const { chooseBackend } = useActions();
  const choice = useApp((s) => s.backendChoice);
  const name = useId();
  return (
    <fieldset>
      <legend>Run on</legend>
      {choices.map(({ id, label, what }) => (
        <label key={id}>
          <input type="radio" name={name} checked={choice === id} onChange={() => chooseBackend(id)} />
          <span>
            {label} <small>{what}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Which backend runs, with its self-test; opens why, and the choice of another. */
export function BackendBadge() {
  const backend = useApp((s) => s.backend);
  const { retry } = useActions();
  const status = backend.state === 'ready' ? backend.value : null;
  const label = status
    ? `Backend ${names[status.backend]} self-test ${scientific(status.selfTestError)}. Why, and choose another`
    : backend.state === 'failed'
      ? 'No backend. Why, and choose another'
      : 'Starting the backend';
  return (
    <Popover
      className="badge"
      label={label}
      title="Backend and its numeric self-test"
      name="Backend"
      panelClass="backend"
      button={
        <>
          <i className={status ? 'good' : backend.state === 'failed' ? 'bad' : 'busy'} aria-hidden="true" />
          <b>
            {status ? names[status.backend] : backend.state === 'failed' ? 'No backend' : 'Starting'}
          </b>{' '}
          {status && <span className="error">self-test {scientific(status.selfTestError)}</span>}
        </>
      }
    >
      {() => (
        <>
          {status ? (
            <Details status={status} />
          ) : backend.state === 'failed' ? (
            <p>
              {backend.message}{' '}
              <button type="button" className="link" onClick={retry}>
                Try again
              </button>
            </p>
          ) : (
            <p>The worker starts and tests its backend; the page can be used meanwhile.</p>
          )}
          <Choice />
        </>
      )}
    </Popover>
  );
}
