/** The page over the made-up engine, to look at without a worker, a model or data: `npx vite`, then /test/demo/. */
import { createRoot } from 'react-dom/client';
import { App } from '../../src/app/App';
import { AppStoreProvider } from '../../src/store/react';
import { createAppStore } from '../../src/store/store';
import { madeUpEngine } from './made-up-engine';
import { madeUpSurroundings } from './surroundings';

const store = createAppStore(
  madeUpEngine({ delay: 20 }),
  madeUpSurroundings({ query: () => window.location.search }),
);
const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <AppStoreProvider store={store}>
      <App />
    </AppStoreProvider>,
  );
void store.getState().start();
Object.assign(window, { store });
