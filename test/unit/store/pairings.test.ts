/** A pack with several pairings in the store: what switching keeps, what is given from the start, what a link says. */
import { describe, expect, it, vi } from 'vitest';
import { createEngine } from '../../../src/engine/client';
import type { ReplyOf, RequestOf } from '../../../src/engine/protocol';
import { parsePack } from '../../../src/packs/parse';
import type { Surroundings } from '../../../src/store/context';
import { stemOf } from '../../../src/app/figure-notes';
import { predictionModel } from '../../../src/app/panels/prediction-model';
import * as select from '../../../src/store/selectors';
import { createAppStore } from '../../../src/store/store';
import { severalPack } from '../../fixtures/tiny-pack/several';
import { madeUpEngine, type MadeUpOptions } from '../../demo/made-up-engine';
import { madeUpSurroundings } from '../../demo/surroundings';
import { folderlessTinyPack } from '../engine/tiny';
import { inProcessWorker } from '../engine/in-process';

const entry = (id: string, modalities: [string, string]) => ({
  id,
  title: id,
  subtitle: modalities.join(' × '),
  modalities,
  url: `packs/${id}/pack.json`,
});
const packList = async () => [entry('several', ['text', 'features']), entry('tiny', ['video', 'audio'])];
const sentence = { kind: 'text' as const, text: 'un chat noir' };
const settled = (check: () => unknown) =>
  vi.waitFor(() => expect(check()).toBeTruthy(), { timeout: 20_000, interval: 20 });

/** The store over a worker in this process, with the tiny pack of several pairings and the plain one. */
async function opened(address = '', change: Partial<Surroundings> = {}) {
  const around = madeUpSurroundings({ packList, address, ...change });
  const worker = inProcessWorker({
    'packs/several/': await severalPack(),
    'packs/tiny/': await folderlessTinyPack(),
  });
  const store = createAppStore(
    createEngine(() => worker),
    around,
  );
  store.setState({ backendChoice: 'cpu' });
  await store.getState().start();
  return { app: store.getState, around };
}

/** The same pack with made-up numbers, so that a test decides when something arrives. */
async function made(on: MadeUpOptions['on']) {
  const files = await severalPack();
  const pack = parsePack(new TextDecoder().decode(files.get('pack.json')), 'several');
  const asked: RequestOf<'predict'>[] = [];
  const base = madeUpEngine();
  const engine = madeUpEngine({
    on: {
      loadPack: () => ({ pack, bytes: 1, cached: false, notices: [] }),
      predict: (body) => {
        asked.push(body);
        return base.call('predict', body);
      },
      ...on,
    },
  });
  const store = createAppStore(engine, madeUpSurroundings({ packList }));
  await store.getState().start();
  return { app: store.getState, asked, base };
}

describe('a modality that nobody can give', () => {
  it('is dropped from the start, and a sentence alone is answered', async () => {
    const { app } = await opened();
    expect(app().a.degradation).toEqual({});
    expect(app().b.degradation).toEqual({ dropped: 'means' });
    app().setInput('a', sentence, 'typed');
    await settled(() => app().outputs.state === 'ready');
    expect(select.valueOf(app().outputs)!.together).toMatchObject([{ missing: ['audio', 'video'] }]);
  });
  it('on both sides leaves nothing to predict and nothing to fetch, and is no failure', async () => {
    const warmed: string[] = [];
    const { app, asked } = await made({
      warm: ({ pairing }) => {
        warmed.push(pairing);
        return { milliseconds: 0 };
      },
    });
    app().choosePairing('video-audio');
    await settled(() => app().figures.state === 'ready' && app().record.state === 'ready');
    expect(app()).toMatchObject({ outputs: { state: 'idle' }, warm: { state: 'idle' }, notice: null });
    expect([app().a.degradation, app().b.degradation]).toEqual([{ dropped: 'means' }, { dropped: 'means' }]);
    expect(asked).toEqual([]);
    expect(warmed).toEqual(['text-audio']);
  });
});

describe('choosing a pairing', () => {
  it('keeps what was given for a modality that is in both, on whichever side', async () => {
    const { app } = await opened();
    app().setInput('a', sentence, 'typed');
    app().setDegradation('a', { wordDrop: 0.2 });
    const sample = { kind: 'stored' as const, pairing: 'text-audio', id: 'sample-4' };
    app().setInput('b', sample, 'sample-4');
    app().setDegradation('b', { dropped: undefined });
    await settled(() => app().outputs.state === 'ready' && !app().predicting);
    app().choosePairing('text-video');
    expect(app().a).toMatchObject({ input: sentence, name: 'typed', degradation: { wordDrop: 0.2 } });
    expect(app().b).toMatchObject({ input: null, degradation: { dropped: 'means' } });
    await settled(() => app().outputs.state === 'ready');
    // what lies aside is heard by the model of three
    expect(select.valueOf(app().outputs)!.together).toMatchObject([{ missing: ['video'] }]);
    app().choosePairing('video-audio');
    expect(app().a.input).toBeNull();
    expect(app().b).toMatchObject({ input: sample, name: 'sample-4' });
    app().choosePairing('text-audio');
    expect([app().a.input, app().b.input]).toEqual([sentence, sample]);
  });
  it('goes on from one SSFN to the other, and keeps any other strategy as far as the layers reach', async () => {
    const { app } = await opened();
    // of the fixture: d = −1, 0, 1 by pairing; 3 × 2, 3 × 3, 3 × 2 layers
    expect(app().strategy).toEqual({ kind: 'skew', d: -1, k: 1 });
    app().choosePairing('video-audio');
    expect(app().strategy).toEqual({ kind: 'skew', d: 1, k: 1 });
    app().choosePairing('text-video');
    app().setSkew(2);
    app().choosePairing('text-audio');
    expect(app().strategy).toEqual({ kind: 'skew', d: 1, k: 1 });
    app().choosePairing('text-video');
    app().choosePair({ i: 3, j: 3 });
    app().choosePairing('video-audio');
    expect(app().strategy).toEqual({ kind: 'skew', d: 0, k: 1 });
    app().choosePairing('text-audio');
    app().choosePair({ i: 3, j: 2 });
    app().choosePairing('text-video');
    expect(app().strategy).toEqual({ kind: 'pair', pair: { i: 3, j: 2 } });
  });
  it('shows the figures of the new pairing only', async () => {
    const { app } = await opened();
    await settled(() => app().figures.state === 'ready' && app().record.state === 'ready');
    app().choosePairing('text-video');
    expect([app().figures.state, app().record.state]).not.toContain('ready');
    await settled(() => app().figures.state === 'ready' && app().record.state === 'ready');
    expect(select.valueOf(app().record)).toMatchObject({ pairing: 'text-video', la: 3, lb: 3 });
  });
  it('lets the latest win while the one before it is still being fetched, and loses nothing', async () => {
    const held: (() => void)[] = [];
    const { app, base } = await made({
      predict: async (body) => {
        if (body.pairing === 'text-video') await new Promise<void>((resolve) => held.push(resolve));
        const reply = (await base.call('predict', body)) as ReplyOf<'predict'>;
        return { ...reply, outputs: { ...reply.outputs, la: body.pairing.length } };
      },
    });
    app().setInput('a', sentence, 'typed');
    await settled(() => app().outputs.state === 'ready');
    app().choosePairing('text-video');
    await settled(() => held.length > 0);
    app().choosePairing('text-audio');
    await settled(() => app().outputs.state === 'ready');
    const shown = app().outputs;
    held.forEach((go) => go());
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(app().outputs).toBe(shown);
    expect(app()).toMatchObject({ pairing: 'text-audio', predicting: false, a: { input: sentence } });
    app().choosePairing('text-video');
    await settled(() => held.length > 1);
    held.forEach((go) => go());
    await settled(() => app().outputs.state === 'ready');
    expect(select.valueOf(app().outputs)!.la).toBe('text-video'.length);
  });
  it('ignores what is not a pairing of the pack', async () => {
    const { app } = await opened();
    app().choosePairing('text-smell');
    expect(app().pairing).toBe('text-audio');
  });
  it('returns to the pairing that a pack was left with, and to its inputs', async () => {
    const { app } = await opened();
    app().choosePairing('text-video');
    app().setInput('a', sentence, 'typed');
    app().choosePack('tiny');
    expect(app().a.input).toBeNull();
    app().choosePack('several');
    await settled(() => app().pack.state === 'ready' && app().outputs.state === 'ready');
    expect(app()).toMatchObject({ pairing: 'text-video', a: { input: sentence } });
  });
  it('keeps what is typed while the pack is on its way, over two switches', async () => {
    const { app } = await opened();
    app().setInput('a', sentence, 'typed');
    app().choosePack('tiny');
    app().choosePack('several');
    const newer = { kind: 'text' as const, text: 'deux chats noirs' };
    app().setInput('a', newer, 'typed');
    app().choosePack('tiny');
    app().choosePack('several');
    await settled(() => app().outputs.state === 'ready');
    expect(app().a.input).toEqual(newer);
  });
});

describe('the prediction table', () => {
  const rows = (app: () => ReturnType<Awaited<ReturnType<typeof opened>>['app']>) =>
    Object.fromEntries(predictionModel(app())!.rows.map((row) => [row.id, row]));
  it('has a row for the three together, and names what is missing by the pack’s labels', async () => {
    const { app } = await opened();
    app().setInput('a', sentence, 'typed');
    await settled(() => app().outputs.state === 'ready');
    expect(rows(app)['together all']).toMatchObject({
      label: 'three together',
      name: 'Transcript, voice and face together',
      detail: 'without voice and face',
      probabilities: select.valueOf(app().outputs)!.together![0].probabilities,
    });
    expect(rows(app).a.detail).toMatch(/^transcript, layer \d$/);
    expect(rows(app).b).toMatchObject({ probabilities: null, absent: 'missing' });
    expect(predictionModel(app())!.sentence).toMatch(/^Voice is missing\. /);
    expect(predictionModel(app())!.rows.map(({ id }) => id)).toEqual([
      ...['strategy', 'late', 'pairwise', 'score-sum', 'together all', 'a', 'b'],
    ]);
  });
  it('counts the three together among those who disagree', async () => {
    const { app } = await opened();
    app().setInput('a', sentence, 'typed');
    await settled(() => app().outputs.state === 'ready');
    const outputs = select.valueOf(app().outputs)!;
    const answer = predictionModel(app())!.answer;
    const other = (answer + 1) % 10;
    const probabilities = Float32Array.from({ length: 10 }, (_, c) => (c === other ? 0.91 : 0.01));
    const together = [{ group: 'all', missing: ['audio', 'video'], probabilities }];
    const model = predictionModel({
      ...app(),
      outputs: { state: 'ready', value: { ...outputs, together } },
    })!;
    expect(model.sentence).toMatch(new RegExp(`three together[^;.]* says? ${other}`, 'i'));
    const broken = [{ group: 'all', missing: ['audio', 'video'], problem: 'The file is gone.' }];
    const without = predictionModel({
      ...app(),
      outputs: { state: 'ready', value: { ...outputs, together: broken } },
    })!;
    expect(without.rows.find(({ id }) => id === 'together all')).toMatchObject({
      probabilities: null,
      absent: 'The file is gone.',
    });
  });
  it('has no such row once all that was given is dropped', async () => {
    const { app } = await opened();
    app().setInput('a', sentence, 'typed');
    app().setDegradation('a', { dropped: 'means' });
    await settled(() => app().outputs.state === 'ready' && !app().predicting);
    expect(rows(app)['together all']).toBeUndefined();
    expect(predictionModel(app())).toMatchObject({ answer: -1, sentence: expect.stringMatching(/^Both/) });
  });
});

it('names the pairing in what is saved, where the pack has more than one', async () => {
  const { app } = await opened();
  app().choosePairing('text-video');
  expect(stemOf(app(), 'alignment')).toBe('skewscope-several-text-video-standard-alignment');
  app().choosePack('tiny');
  await settled(() => app().pack.state === 'ready');
  expect(stemOf(app(), 'alignment')).toBe('skewscope-tiny-standard-alignment');
});

describe('the address', () => {
  it('names the pairing, and opens at that one’s SSFN', async () => {
    const { app, around } = await opened('pack=several&pairing=video-audio');
    expect(app()).toMatchObject({ pairing: 'video-audio', strategy: { kind: 'skew', d: 1, k: 1 } });
    app().choosePairing('text-video');
    expect(new URLSearchParams(around.address).get('pairing')).toBe('text-video');
  });
  it('does not say that a modality is left out that nobody can give, but says how', async () => {
    const { app, around } = await opened();
    expect(new URLSearchParams(around.address).has('b.dropped')).toBe(false);
    app().setDegradation('b', { dropped: 'noise' });
    expect(new URLSearchParams(around.address).get('b.dropped')).toBe('noise');
    const again = await opened(around.address);
    expect(again.app().b.degradation).toEqual({ dropped: 'noise' });
  });
  it('says so where it names a pairing that the pack has not', async () => {
    const { app } = await opened('pack=several&pairing=text-smell');
    expect(app().pairing).toBe('text-audio');
    expect(app().notice).toContain('pairing');
  });
});
