/** View, theme, seed, notices, offline. */
import type { Context } from './context';
import { rememberSettings } from './settings';
import type { App } from './state';

type Page = Pick<
  App,
  'setView' | 'setTheme' | 'setSeed' | 'notify' | 'dismissNotice' | 'setOffline' | 'applyUpdate'
>;

export const pageSlice = ({ set, get, around }: Context): Page => ({
  setView: (view) => set({ view }),
  setTheme(theme) {
    set({ theme });
    rememberSettings(around.storage, get());
  },
  setSeed(seed) {
    set({ seed: Math.max(0, Math.floor(seed)) });
    if (get().bootstrapRunning || get().bootstrap.state === 'ready') get().runBootstrap();
  },
  notify: (notice) => set({ notice }),
  dismissNotice: () => set({ notice: null }),
  setOffline: (offline) => set({ offline }),
  applyUpdate() {
    const { packId, a, b } = get();
    const keep = ({ input, name, degradation }: App['a']) => ({ input, name, degradation });
    around.reload({ pack: packId, a: keep(a), b: keep(b) });
  },
});
