import { lazy, Suspense, useEffect } from 'react';
import { VoidHatch } from '../charts/hatch';
import { useActions, useApp, useAppStore } from '../store/react';
import { Footer } from './chrome/Footer';
import { Header } from './chrome/Header';
import { Inputs } from './inputs/Inputs';
import { AlignmentPanel } from './panels/AlignmentPanel';
import { MaskPanel } from './panels/MaskPanel';
import { Dock, PredictionPanel } from './panels/PredictionPanel';
import { RepresentationPanel } from './panels/RepresentationPanel';
import { StrategyPanel } from './panels/StrategyPanel';
import '../charts/tokens.css';
import '../charts/marks.css';
import './base.css';
import './layout.css';
import './matrix.css';
import './panels.css';
import './drawer.css';

const PublishedView = lazy(() => import('./published/PublishedView'));
const PacksView = lazy(() => import('./packs/PacksView'));
const CardView = lazy(() => import('./card/CardView'));
const StudyView = lazy(() => import('./study/StudyView'));

/** The page: header, the view in use, footer. */
export function App() {
  const view = useApp((s) => s.view);
  const theme = useApp((s) => s.theme);
  const store = useAppStore();
  const { notify } = useActions();
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    document.body.classList.toggle('fills', view === 'instrument');
  }, [view]);
  const exportAll = async (): Promise<void> => {
    try {
      const { exportEverything } = await import('./exports');
      await exportEverything(store.getState());
    } catch (error) {
      notify(`The figures were not saved: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return (
    <>
      <svg className="definitions" aria-hidden="true" focusable="false">
        <VoidHatch />
      </svg>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Header onExportAll={() => void exportAll()} />
      {view === 'instrument' ? (
        <Instrument />
      ) : (
        <main id="main" className="page" tabIndex={-1}>
          <Suspense fallback={<p className="waiting">Waiting for: this view</p>}>
            {view === 'published' ? (
              <PublishedView />
            ) : view === 'packs' ? (
              <PacksView />
            ) : view === 'study' ? (
              <StudyView />
            ) : (
              <CardView />
            )}
          </Suspense>
        </main>
      )}
      <Footer />
      {view === 'instrument' ? <Dock /> : null}
    </>
  );
}

function Instrument() {
  return (
    <main id="main" className="bench" tabIndex={-1}>
      <Problem />
      <div className="inputs">
        <Inputs />
      </div>
      <div className="column">
        <AlignmentPanel />
        <StrategyPanel />
      </div>
      <div className="column">
        <PredictionPanel />
        <MaskPanel />
        <RepresentationPanel />
      </div>
    </main>
  );
}

/** What keeps the instrument from working at all, and the way to try again. */
function Problem() {
  const message = useApp(({ backend, packs, pack }) =>
    backend.state === 'failed'
      ? backend.message
      : packs.state === 'failed'
        ? packs.message
        : pack.state === 'failed'
          ? pack.message
          : null,
  );
  const { retry } = useActions();
  if (message === null) return null;
  return (
    <div className="problem" role="alert">
      <p>{message}</p>
      <button type="button" className="btn" onClick={retry}>
        Try again
      </button>
    </div>
  );
}
