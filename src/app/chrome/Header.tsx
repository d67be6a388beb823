import { lazy, Suspense, useState } from 'react';
import { useActions, useApp } from '../../store/react';
import { Segmented } from '../Segmented';
import { BackendBadge } from './BackendBadge';
import { HelpMenu } from './HelpMenu';
import { Icon, Logo } from './Icons';
import { Notices } from './Notices';
import { PackPicker } from './PackPicker';
import { PairingPicker } from './PairingPicker';
import { ShareButton } from './ShareButton';
import './chrome.css';

const Tour = lazy(() => import('./Tour'));

const themes = { system: 'light', light: 'dark', dark: 'system' } as const;
const themeWords = { system: 'as the system', light: 'light', dark: 'dark' } as const;

function ThemeButton() {
  const theme = useApp((s) => s.theme);
  const { setTheme } = useActions();
  const next = themes[theme];
  return (
    <button
      type="button"
      className="ic"
      aria-label={`Theme ${themeWords[theme]}; change to ${themeWords[next]}`}
      title={`Theme: ${themeWords[theme]}`}
      onClick={() => setTheme(next)}
    >
      <Icon name="theme" />
    </button>
  );
}

/** The views of the page. */
function Views() {
  const view = useApp((s) => s.view);
  const { setView } = useActions();
  return (
    <Segmented
      label="View"
      value={view}
      onChange={setView}
      options={[
        { id: 'instrument', label: 'Instrument' },
        { id: 'published', label: 'Published', title: "The paper's published results" },
        { id: 'packs', label: 'Packs', title: 'All packs side by side, and beside the paper' },
        { id: 'card', label: 'Card', title: 'What the pack is, its data, its limits' },
        { id: 'study', label: 'Your own', title: 'Train heads on your own layer states, in this tab' },
      ]}
    />
  );
}

export interface HeaderProps {
  /** Saves every figure and the state. */
  onExportAll(): void;
}

/** Brand, packs, views, backend, and what acts on the whole page; below it the notices. */
export function Header({ onExportAll }: HeaderProps) {
  const { setView } = useActions();
  const [touring, setTouring] = useState(false);
  return (
    <>
      <header className="bar">
        <h1 className="brand">
          <Logo />
          Skewscope
        </h1>
        <PackPicker />
        <PairingPicker />
        <Views />
        <BackendBadge />
        <div className="acts">
          <ShareButton />
          <button
            type="button"
            className="ic opt"
            aria-label="Export all figures and the state"
            title="Export all"
            onClick={onExportAll}
          >
            <Icon name="save" />
          </button>
          <ThemeButton />
          <HelpMenu
            onTour={() => {
              setView('instrument');
              setTouring(true);
            }}
          />
        </div>
      </header>
      <Notices />
      {touring && (
        <Suspense fallback={null}>
          <Tour onEnd={() => setTouring(false)} />
        </Suspense>
      )}
    </>
  );
}
