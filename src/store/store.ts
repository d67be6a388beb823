/** The page's one store: slices put together, the address kept up to date. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Engine } from '../engine/engine';
import type { Context, Surroundings } from './context';
import { initialState } from './defaults';
import { dependencySlice } from './dependency';
import { evaluationControl } from './evaluation';
import { inputsControl } from './inputs';
import { overviewSlice } from './overview';
import { pageSlice } from './page';
import { sessionSlice } from './session';
import { settingsOf } from './settings';
import type { App } from './state';
import { strategySlice } from './strategy';
import { studySlice } from './study';
import { writeQuery } from './url';

export type AppStore = StoreApi<App>;

/** @param around the browser's (`browser.ts`), or a test's own */
export function createAppStore(engine: Engine, around: Surroundings): AppStore {
  const store = createStore<App>()((set, get) => {
    const context: Context = { set, get, engine, around };
    const evaluation = evaluationControl(context);
    const inputs = inputsControl(context, evaluation.follow);
    let checkpoints: ReturnType<App['checkpoints']> | null = null;
    return {
      ...initialState(),
      ...settingsOf(around.storage),
      ...strategySlice(context, evaluation.follow),
      ...inputs.actions,
      ...evaluation.actions,
      ...pageSlice(context),
      ...overviewSlice(context),
      ...dependencySlice(context),
      ...sessionSlice(context, inputs, evaluation),
      checkpoints: () =>
        (checkpoints ??= import('./checkpoint').then((m) => m.createCheckpointStore(context))),
      ...studySlice(context, (entry) => {
        get().addPack({ ...entry, modalities: ['features', 'features'] });
        get().setView('instrument');
      }),
    };
  });
  store.subscribe((state) => {
    // Until the pack is there, the address still holds what is to be read against it.
    if (state.pack.state === 'ready') around.replaceQuery(writeQuery(state));
  });
  return store;
}
