import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialState, ready } from '../../../src/store/defaults';
import type { AppState } from '../../../src/store/state';
import { atSkew } from '../../../src/store/strategy';
import { readQuery, urlRows, writeQuery } from '../../../src/store/url';
import { madeUpPack } from '../../demo/made-up-engine';

const pack = madeUpPack();
const open = (): AppState => ({
  ...initialState(),
  packId: 'made-up',
  pack: ready(pack),
  pairing: 'a-b',
  task: 'digit',
  variant: 'none',
  condition: 'standard',
});

function read(query: string): { state: AppState; ignored: string[] } {
  const page = readQuery(query, 'page', open(), null);
  const of = readQuery(query, 'pack', { ...open(), ...page.changes }, pack);
  return { state: { ...open(), ...page.changes, ...of.changes }, ignored: [...page.ignored, ...of.ignored] };
}

describe('URL state', () => {
  it('gives back every state it wrote', () => {
    const strategy = fc.oneof(
      fc.record({ d: fc.integer({ min: -11, max: 11 }), k: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ i: fc.integer({ min: 1, max: 12 }), j: fc.integer({ min: 1, max: 12 }) }),
    );
    const degradation = fc.record(
      {
        dropped: fc.constantFrom('means' as const, 'noise' as const),
        keep: fc.integer({ min: 0, max: 100 }).map((x) => x / 100),
        snrDb: fc.integer({ min: -30, max: 60 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        strategy,
        degradation,
        fc.constantFrom('clean', 'standard'),
        fc.constantFrom('gain' as const, 'cka' as const, 'macro-f1' as const),
        fc.integer({ min: 1, max: 144 }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 999_999 }),
        fc.constantFrom('sample' as const, 'evaluation' as const),
        (s, b, condition, metric, maskK, tau, seed, mode) => {
          const base = open();
          const wantedK = 'k' in s ? s.k : 3;
          const state: AppState = {
            ...base,
            condition,
            metric,
            maskK,
            maskTau: tau / 100,
            seed,
            mode,
            wantedK,
            strategy: 'd' in s ? atSkew(s.d, s.k, { la: 12, lb: 12 }) : { kind: 'pair', pair: s },
            b: { ...base.b, degradation: b },
          };
          const again = read(writeQuery(state));
          expect(again.ignored).toEqual([]);
          expect(again.state).toEqual(state);
        },
      ),
    );
  });

  it('leaves out nonsense field by field and keeps the rest', () => {
    const { state, ignored } = read(
      'd=99&k=4&condition=warm&seed=-1&metric=vibes&tau=0.7&pair=0.3&a.keep=7&b.snrDb=NaN&mode=sample&K=1e9',
    );
    expect(ignored.sort()).toEqual(
      ['K', 'a.keep', 'b.snrDb', 'condition', 'd', 'metric', 'pair', 'seed'].sort(),
    );
    expect(state).toMatchObject({ wantedK: 4, maskTau: 0.7, mode: 'sample', condition: 'standard' });
    expect(state.strategy).toEqual({ kind: 'skew', d: 0, k: 4 });
  });

  it('survives any text in any row', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...urlRows.map(({ key }) => key)), fc.string()), (texts) => {
        const { state } = read(new URLSearchParams(texts).toString());
        expect(() => writeQuery(state)).not.toThrow();
        expect(state.maskK).toBeGreaterThanOrEqual(1);
        expect(read(writeQuery(state)).ignored).toEqual([]);
      }),
    );
  });

  it('never holds an input', () => {
    const state = open();
    state.a = { ...state.a, input: { kind: 'text', text: 'private words' }, name: 'private name' };
    expect(writeQuery(state)).not.toContain('private');
  });
  it('takes a variant only where its heads ship with the pairing', () => {
    const [heads] = pack.files;
    const other = { ...heads, path: 'kl', pairing: 'a-b', task: 'digit', variant: 'kl' };
    const withKl = { ...pack, variants: [...pack.variants, { id: 'kl' }], files: [heads, other] };
    const given = (state: AppState) => readQuery('variant=kl', 'pack', state, withKl);
    expect(given(open()).changes).toEqual({ variant: 'kl' });
    expect(given({ ...open(), pairing: 'b-c' })).toEqual({ changes: {}, ignored: ['variant'] });
  });
});
