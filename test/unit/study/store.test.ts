import { describe, expect, it } from 'vitest';
import { createStore } from 'zustand/vanilla';
import type { Engine } from '../../../src/engine/engine';
import type { StudyRequest } from '../../../src/engine/study/operations';
import type { Context } from '../../../src/store/context';
import { initialState } from '../../../src/store/defaults';
import type { App } from '../../../src/store/state';
import { studySlice } from '../../../src/store/study';

const file = (name: string) => ({ name, blob: new Blob([name]) });

/** A store of the study alone, and what its worker is asked to read. */
function made() {
  const read: StudyRequest[] = [];
  const engine = {
    call: async (op: string, body: unknown) => {
      if (op === 'studyRead') read.push(body as StudyRequest);
      return new Promise(() => undefined);
    },
    onRestart: () => () => undefined,
  } as unknown as Engine;
  const store = createStore<App>()((set, get) => ({
    ...({} as App),
    ...initialState(),
    ...studySlice({ set, get, engine, around: {} as Context['around'] }, () => undefined),
  }));
  const roles = () => {
    const { files, a, b, table } = store.getState().study;
    return [a, b, table].map((at) => (at === null ? null : files[at].name));
  };
  return { store, read, roles };
}

describe('the files of a study', () => {
  it('are A, B and the labels by the order in which they come', () => {
    const { store, read, roles } = made();
    const { giveStudyFiles, exchangeStudySides } = store.getState();
    giveStudyFiles([file('text.npz')]);
    expect(roles()).toEqual(['text.npz', 'text.npz', null]);
    giveStudyFiles([file('labels.csv')]);
    giveStudyFiles([file('audio.safetensors')]);
    expect(roles()).toEqual(['text.npz', 'audio.safetensors', 'labels.csv']);
    exchangeStudySides();
    expect(roles()).toEqual(['audio.safetensors', 'text.npz', 'labels.csv']);
    expect(read.at(-1)).toMatchObject({ a: { file: 2 }, b: { file: 0 }, table: 1 });
  });

  it('are replaced by a file of the same name, or by another pair', () => {
    const { store, roles } = made();
    const { giveStudyFiles, clearStudy } = store.getState();
    giveStudyFiles([file('a.npz'), file('b.npz'), file('labels.csv')]);
    const better = file('a.npz');
    giveStudyFiles([better]);
    expect(roles()).toEqual(['a.npz', 'b.npz', 'labels.csv']);
    expect(store.getState().study.files).toHaveLength(3);
    expect(store.getState().study.files[0]).toBe(better);
    giveStudyFiles([file('c.npz'), file('d.npz')]);
    expect(roles()).toEqual(['c.npz', 'd.npz', 'labels.csv']);
    clearStudy();
    expect(roles()).toEqual([null, null, null]);
  });
});
