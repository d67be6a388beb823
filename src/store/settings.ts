/** The settings that belong to the person and not to a link: theme and backend. */
import type { AppState } from './state';
import type { Surroundings } from './context';

const KEY = 'skewscope';
type Settings = Partial<Pick<AppState, 'theme' | 'backendChoice'>>;

/** What the browser remembers; nothing where storage is forbidden or holds nonsense. */
export function settingsOf(storage: Surroundings['storage']): Settings {
  try {
    const held: unknown = JSON.parse(storage?.getItem(KEY) ?? '{}');
    const { theme, backendChoice } = (typeof held === 'object' && held ? held : {}) as Record<
      string,
      unknown
    >;
    return {
      ...((theme === 'light' || theme === 'dark') && { theme }),
      ...((backendChoice === 'webgpu' || backendChoice === 'wasm' || backendChoice === 'cpu') && {
        backendChoice,
      }),
    };
  } catch {
    return {};
  }
}

/** Storage that refuses (private windows, full) costs the memory only. */
export function rememberSettings(storage: Surroundings['storage'], { theme, backendChoice }: AppState): void {
  try {
    storage?.setItem(KEY, JSON.stringify({ theme, backendChoice }));
  } catch {
    // The choice still holds for this visit.
  }
}
