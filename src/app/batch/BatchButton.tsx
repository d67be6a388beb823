import { lazy, Suspense, useState } from 'react';
import { canBeGiven } from '../../store/models';
import { useApp } from '../../store/react';
import { scene } from '../../store/selectors';

const BatchDrawer = lazy(() => import('./BatchDrawer'));

/** Opens the surface for many inputs; where neither side can be given by hand there are none. */
export function BatchButton() {
  const [open, setOpen] = useState(false);
  const takes = useApp((s) => {
    const now = scene(s);
    return now !== null && now.task.target !== 'number' && (canBeGiven(now.a) || canBeGiven(now.b));
  });
  if (!takes) return null;
  return (
    <>
      <button type="button" className="link" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Many at once…
      </button>
      {open && (
        <Suspense>
          <BatchDrawer onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
