import { useActions, useApp } from '../../store/react';
import { Icon } from './Icons';

/** Something went wrong and the page went on; a newer version waits. Each can be put away. */
export function Notices() {
  const notice = useApp((s) => s.notice);
  const update = useApp((s) => s.offline.update);
  const { dismissNotice, applyUpdate } = useActions();
  return (
    <div className="notices" role="status">
      {notice && (
        <p>
          <span>{notice}</span>
          <button
            type="button"
            className="ic"
            aria-label="Put this notice away"
            title="Dismiss"
            onClick={dismissNotice}
          >
            <Icon name="close" />
          </button>
        </p>
      )}
      {update && (
        <p>
          <span>A newer version of this page is ready.</span>
          <button type="button" className="link" onClick={applyUpdate}>
            Change to it; your inputs stay
          </button>
        </p>
      )}
    </div>
  );
}
