import { useEffect, useState } from 'react';
import { useActions } from '../../store/react';
import { Icon } from './Icons';

/** How long the button says that it has copied. */
const saidMs = 2000;

/** Copies the address, which holds the state and never the input. */
export function ShareButton() {
  const { notify } = useActions();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), saidMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    // The address is written a moment after the last change.
    const write = () => navigator.clipboard.writeText(window.location.href);
    setTimeout(() => {
      Promise.resolve()
        .then(write)
        .then(
          () => setCopied(true),
          () =>
            notify('The link could not be copied: copy it from the address bar, it holds the same state.'),
        );
    }, 450);
  };
  return (
    <button
      type="button"
      className="ic"
      aria-label="Copy a link to this state (never the input)"
      title="Copy link"
      onClick={copy}
    >
      <Icon name={copied ? 'check' : 'share'} />
      <span className="hidden" role="status">
        {copied ? 'Link copied' : ''}
      </span>
    </button>
  );
}
