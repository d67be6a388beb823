/** A person's own study: its files, what it would be, how far its training is. The files stay on the page, by handle. */
import { isQuiet } from '../engine/engine';
import type { NamedBlob, StudyEntry, StudyOperations, StudyProgress } from '../engine/study/operations';
import type { StudySettings } from '../packs/study/settings';
import { sentence, track, type Context } from './context';
import { idle, loading, ready } from './defaults';
import { emptyStudy } from './study-defaults';
import type { Load } from './state';

export type StudyOptions = Pick<
  StudySettings,
  'seed' | 'epochs' | 'metric' | 'validation' | 'test' | 'target'
>;

export interface StudyState {
  files: NamedBlob[];
  /** Which of the files each side and the labels are in; null until they are all there. */
  a: number | null;
  b: number | null;
  table: number | null;
  options: StudyOptions;
  preview: Load<StudyOperations['studyRead']['reply']>;
  training: Load<StudyEntry>;
  progress: StudyProgress | null;
  /** Seconds, by what was done since it began or went on; null while that says nothing. */
  left: number | null;
  paused: boolean;
  /** [la·lb] accuracy of the pair heads on validation so far; NaN where none is known. */
  accuracy: Float32Array | null;
  /** What went wrong with the last file or the last saving; the study stays. */
  problem: string | null;
}

export interface StudyActions {
  /** Layer states and a table of labels, or the file of a study. */
  giveStudyFiles(files: NamedBlob[]): void;
  exchangeStudySides(): void;
  setStudyOptions(change: Partial<StudyOptions>): void;
  clearStudy(): void;
  /** Train what was read, or go on with it. */
  trainStudy(): void;
  pauseStudy(paused: boolean): void;
  cancelStudy(): void;
  /** Delete what the browser kept of this study and of others. */
  forgetStudies(): void;
  /** The bytes of the study's file; null where that failed, which the state then says. */
  studyFile(
    request: StudyOperations['studySave']['request'],
  ): Promise<StudyOperations['studySave']['reply'] | null>;
  studyHead(head: string): Promise<StudyOperations['studyHead']['reply'] | null>;
}

const isTable = ({ name }: NamedBlob): boolean => /\.(csv|tsv|txt)$/i.test(name);

export function studySlice({ set, get, engine }: Context, open: (entry: StudyEntry) => void): StudyActions {
  let stopping: AbortController | null = null;
  /** Since when, and how much was done then. */
  let began: { at: number; share: number } | null = null;
  const change = (part: Partial<StudyState>): void => set({ study: { ...get().study, ...part } });
  const attempt = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      change({ problem: null });
      return await work();
    } catch (error) {
      if (!isQuiet(error)) change({ problem: sentence(error) });
      return null;
    }
  };

  function read(): void {
    const { files, a, b, table, options } = get().study;
    stopping?.abort();
    change({ training: idle, progress: null, accuracy: null, paused: false, preview: idle, problem: null });
    if (a === null || b === null) return;
    void track<StudyOperations['studyRead']['reply']>(
      (preview) => change({ preview }),
      'the files',
      (progress) =>
        engine.call(
          'studyRead',
          { files, a: { file: a }, b: { file: b }, table, settings: options },
          {
            lane: 'study',
            onProgress: ({ stage }) => {
              progress({ done: 0, total: 0 });
              change({ preview: loading(stage) });
            },
          },
        ),
    );
  }

  // what was read and trained went with the worker; the files are still here
  engine.onRestart(() => {
    if (get().study.preview.state !== 'idle') read();
  });

  async function openFile(file: NamedBlob): Promise<void> {
    const entry = await attempt(() => engine.call('studyOpen', file));
    if (entry) open(entry);
  }

  return {
    giveStudyFiles(given) {
      const study = given.find(({ name }) => /\.json$/i.test(name));
      if (study) return void openFile(study);
      const before = get().study.files;
      const states = given.filter((file) => !isTable(file));
      const known = before.filter((file) => !isTable(file));
      const again = states.every(({ name }) => known.some((file) => file.name === name));
      // a file of a known name takes its place; a lone one joins the first; two, or a third, begin anew
      const keep = again || known.length + states.length <= 2;
      const files = [...(keep ? before : before.filter(isTable))];
      for (const file of given) {
        const place = files.findIndex(({ name }) => name === file.name);
        if (place >= 0) files[place] = file;
        else files.push(file);
      }
      const places = [...files.keys()].filter((at) => !isTable(files[at]));
      const table = files.findLastIndex(isTable);
      const [first, second = first] = places;
      // what the labels are is asked of these files anew
      const options = { ...get().study.options, target: undefined };
      change({ files, a: first ?? null, b: second ?? null, table: table < 0 ? null : table, options });
      read();
    },
    exchangeStudySides() {
      const { a, b } = get().study;
      change({ a: b, b: a });
      read();
    },
    setStudyOptions(part) {
      change({ options: { ...get().study.options, ...part } });
      read();
    },
    clearStudy() {
      stopping?.abort();
      set({ study: { ...emptyStudy(), options: { ...get().study.options, target: undefined } } });
    },
    trainStudy() {
      const { preview, training, accuracy } = get().study;
      if (preview.state !== 'ready' || training.state === 'loading') return;
      const { la, lb } = preview.value;
      const mine = (stopping = new AbortController());
      const values = accuracy ?? new Float32Array(la * lb).fill(NaN);
      began = null;
      change({ paused: false, left: null, accuracy: values, training: loading('training'), problem: null });
      void attempt(async () => {
        await engine.call('studyPause', { paused: false });
        return engine.call(
          'studyTrain',
          {},
          {
            signal: mine.signal,
            onProgress: (progress) => {
              if (stopping !== mine) return;
              const known = get().study.accuracy;
              const time = Date.now();
              began ??= { at: time, share: progress.share };
              const gone = progress.share - began.share;
              const next = known?.slice() ?? null;
              progress.heads.forEach((head, h) => {
                if (next && head < la * lb) next[head] = progress.accuracy[h];
              });
              change({
                progress,
                accuracy: next,
                left: gone > 0 ? (((time - began.at) / 1000) * (1 - progress.share)) / gone : null,
                training: loading(progress.stage, progress.done, progress.total),
              });
            },
          },
        );
      }).then((entry) => {
        if (stopping !== mine) return;
        stopping = null;
        change({ training: entry ? ready(entry) : idle, paused: false });
        if (entry) open(entry);
      });
    },
    pauseStudy(paused) {
      began = null;
      change({ paused, left: null });
      void attempt(() => engine.call('studyPause', { paused }));
    },
    cancelStudy() {
      stopping?.abort();
    },
    forgetStudies() {
      void attempt(() => engine.call('studyForget', {})).then((done) => {
        // what was recalled is in the worker's hands: read again without it
        if (done) read();
      });
    },
    studyFile: (request) => attempt(() => engine.call('studySave', request)),
    studyHead: (head) => attempt(() => engine.call('studyHead', { head })),
  };
}
