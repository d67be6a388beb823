import { lazy, Suspense, useState } from 'react';
import { useApp } from '../../store/react';
import { scene } from '../../store/selectors';

const BatchDrawer = lazy(() => import('./BatchDrawer'));

/** Opens the surface for many inputs; packs of stored features take none by hand. */
export function BatchButton() {
  const [open, setOpen] = useState(false);
  const takes = useApp((s) => {
    const now = scene(s);
    return (
      now !== null &&
      now.task.target !== 'number' &&
      now.a.modality !== 'features' &&
      now.b.modality !== 'features'
    );
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
