import { useSyncExternalStore } from 'react';
import { useApp } from '../../store/react';

const darkQuery = () => window.matchMedia('(prefers-color-scheme: dark)');
const subscribe = (listener: () => void) => {
  const query = darkQuery();
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
};

/** Light or dark as it is shown now: the person's choice, else the system's. Canvases draw with it. */
export function useShownTheme(): 'light' | 'dark' {
  const theme = useApp((s) => s.theme);
  const systemDark = useSyncExternalStore(subscribe, () => darkQuery().matches);
  return theme === 'system' ? (systemDark ? 'dark' : 'light') : theme;
}
