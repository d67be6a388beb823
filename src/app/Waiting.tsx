import { useActions } from '../store/react';
import type { Load } from '../store/state';

/** What a view waits for, or why it has nothing; nothing at all once it is there. */
export function Waiting({ load, idle }: { load: Load<unknown>; idle?: string }) {
  const { retry } = useActions();
  if (load.state === 'ready') return null;
  if (load.state === 'failed')
    return (
      <p className="waiting">
        <span>
          {load.message}{' '}
          <button type="button" className="link" onClick={retry}>
            Try again
          </button>
        </span>
      </p>
    );
  if (load.state === 'idle')
    return idle ? (
      <p className="waiting">
        <span>{idle}</span>
      </p>
    ) : null;
  const share = load.total > 0 ? ` ${Math.floor((100 * load.done) / load.total)} %` : '';
  return (
    <p className="waiting">
      <span>
        Waiting for: {load.what}
        {share}
      </span>
    </p>
  );
}
