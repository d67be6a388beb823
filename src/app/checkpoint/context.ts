/** The checkpoints' store in React. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { CheckpointStore } from '../../store/checkpoint';
import type { CheckpointPage } from '../../store/checkpoint/state';

export const CheckpointContext = createContext<CheckpointStore | null>(null);

function useCheckpointStore(): CheckpointStore {
  const store = useContext(CheckpointContext);
  if (!store) throw new Error('useCheckpoints outside of its section.');
  return store;
}

export const useCheckpoints = <T>(select: (page: CheckpointPage) => T): T =>
  useStore(useCheckpointStore(), select);

/** The actions; their identity never changes. */
export const useCheckpointActions = (): CheckpointPage => useCheckpointStore().getState();
