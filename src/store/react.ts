/** The store in React: a provider, and hooks that read one thing each. */
import { createContext, createElement, useContext, type ReactNode } from 'react';
import { useStore } from 'zustand';
import type { App, AppActions } from './state';
import type { AppStore } from './store';

const StoreContext = createContext<AppStore | null>(null);

export const AppStoreProvider = ({ store, children }: { store: AppStore; children: ReactNode }) =>
  createElement(StoreContext.Provider, { value: store }, children);

export function useAppStore(): AppStore {
  const store = useContext(StoreContext);
  if (!store) throw new Error('useApp outside of AppStoreProvider.');
  return store;
}

/**
 * One piece of the state, or one selector of `selectors.ts` (those keep the identity of what has not changed;
 * a selector that builds a new object each time would render without end).
 */
export const useApp = <T>(select: (app: App) => T): T => useStore(useAppStore(), select);

/** The actions; their identity never changes. */
export const useActions = (): AppActions => useAppStore().getState();
