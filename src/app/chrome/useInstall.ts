import { useEffect, useState, useSyncExternalStore } from 'react';

/** Chromium's offer to install a page; not in the DOM library's types. */
interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

/** Offers to install, where the browser has one to make; null otherwise. */
export function useInstall(): (() => void) | null {
  const [offer, setOffer] = useState<InstallOffer | null>(null);
  useEffect(() => {
    const keep = (event: Event) => {
      event.preventDefault();
      setOffer(event as InstallOffer);
    };
    const gone = () => setOffer(null);
    window.addEventListener('beforeinstallprompt', keep);
    window.addEventListener('appinstalled', gone);
    return () => {
      window.removeEventListener('beforeinstallprompt', keep);
      window.removeEventListener('appinstalled', gone);
    };
  }, []);
  return (
    offer &&
    (() => {
      // An offer may be used once.
      setOffer(null);
      void offer.prompt();
    })
  );
}

const subscribe = (listener: () => void) => {
  window.addEventListener('online', listener);
  window.addEventListener('offline', listener);
  return () => {
    window.removeEventListener('online', listener);
    window.removeEventListener('offline', listener);
  };
};

export const useOnline = (): boolean => useSyncExternalStore(subscribe, () => navigator.onLine);
