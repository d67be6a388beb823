/** The page's start: engine, store, view, service worker. */
import { createRoot } from 'react-dom/client';
import { browserEngine } from '../engine/client';
import { browserSurroundings } from '../store/browser';
import { AppStoreProvider } from '../store/react';
import { createAppStore } from '../store/store';
import { App } from './App';
import { keepLists, keepOffline, reload, takeKept } from './service-worker/offline';

const store = createAppStore(browserEngine(), browserSurroundings({ takeKept, reload }));
createRoot(document.getElementById('root')!).render(
  <AppStoreProvider store={store}>
    <App />
  </AppStoreProvider>,
);
const lists = (): string[] => {
  const { packs, packId } = store.getState();
  const entry = packs.state === 'ready' ? packs.value.find(({ id }) => id === packId) : undefined;
  const fetched = entry && /^https?:/.test(entry.url) ? [entry.url] : [];
  return [new URL('models/index.json', document.baseURI).href, ...fetched];
};
// The files for use without a network wait until those for this visit are there.
void store
  .getState()
  .start()
  .finally(() => {
    if (!import.meta.env.PROD) return;
    void keepOffline(store.getState().setOffline, lists);
    store.subscribe(({ pack }, before) => {
      if (pack.state === 'ready' && before.pack.state !== 'ready') void keepLists(lists());
    });
  });
