import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/math/errors';
import type { GivenFile } from '../../../src/packs/study/arrays';
import { columnsOfTable } from '../../../src/packs/study/columns';
import { readStudy } from '../../../src/packs/study/read';
import { filesOf, madeStudy, npy, npz, safetensors, text } from './made-files';

const made = madeStudy(24, 2, 3, 4);
const files = filesOf(made);

const halfOf = (x: number): number => new Uint32Array(Float32Array.of(x).buffer)[0] >>> 16;

describe('reading a study', () => {
  it('matches the samples of both files and the table by id', async () => {
    const data = await readStudy({ file: files.a }, { file: files.b }, files.labels);
    expect(data.n).toBe(24);
    expect(data.classes).toEqual(['no', 'yes']);
    expect([...data.labels]).toEqual(made.labels.map((label) => made.classes.indexOf(label)));
    expect(data.groupName).toBe('speaker');
    expect(data.groups).toEqual(made.speakers);
    const size = 3 * 4;
    for (const s of [0, 7, 23])
      expect(data.b.states.subarray(data.b.rows[s] * size, (data.b.rows[s] + 1) * size)).toEqual(
        made.b.states.subarray(s * size, (s + 1) * size),
      );
  });

  it.each(['F32', 'F16'] as const)(
    'takes both sides from one file in %s, labels and class names inside',
    async (dtype) => {
      const exact = (states: Float32Array) => states.map((x) => Math.round(x * 4) / 4);
      const file = safetensors(
        'both.safetensors',
        [
          { name: 'audio', shape: [24, 3, 4], data: exact(made.b.states), dtype },
          { name: 'text', shape: [24, 2, 4], data: exact(made.a.states), dtype },
          { name: 'labels', shape: [24], data: Int32Array.from(made.labels, (l) => made.classes.indexOf(l)) },
        ],
        { classes: '["no","yes"]' },
      );
      const data = await readStudy({ file }, { file });
      expect([data.a.about.label, data.b.about.label]).toEqual(['audio', 'text']);
      expect(data.classes).toEqual(['no', 'yes']);
      expect(data.a.states).toEqual(exact(made.b.states));
      const turned = await readStudy({ file, array: 'text' }, { file, array: 'audio' });
      expect(turned.a.about).toMatchObject({ label: 'text', layers: 2, width: 4 });
    },
  );

  it.each([
    ['F64', 8, (view: DataView, at: number, x: number) => view.setFloat64(8 * at, x, true)],
    // a bfloat16 is the upper half of a float32
    ['BF16', 2, (view: DataView, at: number, x: number) => view.setUint16(2 * at, halfOf(x), true)],
  ] as const)('reads states in %s', async (dtype, size, put) => {
    const values = made.a.states.map((x) => Math.round(x * 4) / 4);
    const data = new Uint8Array(size * values.length);
    values.forEach((x, at) => put(new DataView(data.buffer), at, x));
    const header = new TextEncoder().encode(
      JSON.stringify({ states: { dtype, shape: [24, 2, 4], data_offsets: [0, data.length] } }).padEnd(96),
    );
    const bytes = Uint8Array.from([header.length, 0, 0, 0, 0, 0, 0, 0, ...header, ...data]);
    const study = await readStudy(
      { file: { name: 'x.safetensors', bytes } },
      { file: states() },
      labels(made.labels),
    );
    expect(study.a.states).toEqual(values);
    expect(study.a.about.dtype).toBe(dtype);
  });

  it('reads a table with quotes, semicolons, a mark of its encoding and blank lines', () => {
    const table = columnsOfTable(text('t.csv', '\ufeffname;label\r\n"a;1";"say ""x"""\r\n\r\nb;y\r\n'));
    expect(table).toMatchObject({ ids: ['a;1', 'b'], labels: ['say "x"', 'y'] });
  });
});

const states = (n = 24, change: (x: Float32Array) => void = () => {}, shape = [n, 2, 4]): GivenFile => {
  const data = made.a.states.slice(0, n * 8);
  change(data);
  return safetensors('a.safetensors', [{ name: 'states', shape, data }]);
};
const labels = (list: string[]) => text('labels.csv', ['label', ...list].join('\n'));
const refused: [string, RegExp, () => [GivenFile, GivenFile, GivenFile?]][] = [
  [
    'NaN',
    /a\.safetensors.*states.*NaN.*sample 3, layer 2, column 1/,
    () => [states(24, (x) => (x[20] = NaN)), states(), labels(made.labels)],
  ],
  [
    'an infinite value',
    /infinite value at sample 1, layer 1, column 2/,
    () => [states(24, (x) => (x[1] = -Infinity)), states(), labels(made.labels)],
  ],
  [
    'a constant layer',
    /constant in layer 2/,
    () => [states(24, (x) => x.forEach((_, i) => i % 8 > 3 && (x[i] = 7))), states(), labels(made.labels)],
  ],
  ['another N', /has 24 samples and .* has 20/, () => [states(), states(20), labels(made.labels)]],
  [
    'axes exchanged',
    /samples come first/,
    () => [states(24, undefined, [2, 96, 1]), states(), labels(made.labels)],
  ],
  [
    'two axes',
    /no array of three axes/,
    () => [states(24, undefined, [24, 8]), states(), labels(made.labels)],
  ],
  ['no labels', /No labels were found/, () => [states(), states()]],
  [
    'labels of another length',
    /labels\.csv has 23 rows/,
    () => [states(), states(), labels(made.labels.slice(1))],
  ],
  ['one class', /one class only \(x\)/, () => [states(), states(), labels(made.labels.map(() => 'x'))]],
  [
    'one score only',
    /are all 0\.5; a study needs labels that differ/,
    () => [states(), states(), labels(made.labels.map(() => '0.5'))],
  ],
  [
    'an empty label',
    /empty at sample 2/,
    () => [
      states(),
      states(),
      text('labels.csv', `label,x\n${made.labels.map((l, s) => `${s === 1 ? '' : l},1`).join('\n')}`),
    ],
  ],
  [
    'a table without labels',
    /no column "label"/,
    () => [states(), states(), text('labels.csv', 'id,colour\n1,red')],
  ],
  [
    'a ragged table',
    /line 3: 1 cells where the header has 2/,
    () => [states(), states(), text('labels.csv', 'id,label\n1,x\n2')],
  ],
  ['an open quote', /quote is not closed/, () => [states(), states(), text('labels.csv', 'id,label\n1,"x')]],
  [
    'duplicate ids',
    /"u0" stands at samples 1 and 2/,
    () => [files.a, files.b, text('l.csv', 'id,label\nu0,x\nu0,y')],
  ],
  [
    'duplicate ids beside the states',
    /b\.npz the id "u1" stands at samples 2 and 3/,
    () => [
      states(),
      npz('b.npz', {
        states: npy([24, 3, 4], made.b.states),
        ids: npy(
          [24],
          made.ids.map((id, s) => (s === 2 ? 'u1' : id)),
        ),
      }),
      labels(made.labels),
    ],
  ],
  [
    'states that were exchanged with those of a file of another N',
    /a\.safetensors the ids are 24 and the samples 20/,
    () => [
      safetensors(
        'a.safetensors',
        [{ name: 'states', shape: [20, 2, 4], data: made.a.states.slice(0, 160) }],
        { ids: JSON.stringify(made.ids) },
      ),
      files.b,
      labels(made.labels),
    ],
  ],
  [
    'an id that is not there',
    /"u23" of .* is not in/,
    () => [
      files.a,
      files.b,
      text(
        'l.csv',
        `id,label\n${made.ids
          .slice(0, 23)
          .map((id) => `${id},x`)
          .join('\n')}`,
      ),
    ],
  ],
  [
    'a pickle',
    /pickle/,
    () => [{ name: 'a.pt', bytes: Uint8Array.of(0x80, 4, 0x95) }, states(), labels(made.labels)],
  ],
  [
    'an archive without arrays',
    /without NumPy arrays/,
    () => [npz('a.npz', {}), states(), labels(made.labels)],
  ],
  [
    'text for states',
    /holds text where numbers/,
    () => [
      npz('a.npz', { states: npy([24, 2, 1], made.ids.concat(made.ids)) }),
      states(),
      labels(made.labels),
    ],
  ],
  [
    'a header of 2⁶³ bytes',
    /header length/,
    () => [
      { name: 'a.safetensors', bytes: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80, 1, 2) },
      states(),
      labels(made.labels),
    ],
  ],
  [
    'an unknown split',
    /split of sample 1 is "maybe"/,
    () => [
      states(),
      states(),
      text('l.csv', `label,split\n${made.labels.map((l) => `${l},maybe`).join('\n')}`),
    ],
  ],
];

describe('files that are not to be trusted', () => {
  it.each(refused)('%s is refused with a sentence', async (_, sentence, given) => {
    const [a, b, table] = given();
    const reading = readStudy({ file: a }, { file: b }, table);
    await expect(reading).rejects.toThrow(UserError);
    await expect(reading).rejects.toThrow(sentence);
  });

  it('says which columns never vary', async () => {
    const flat = states(24, (x) => x.forEach((_, i) => i % 8 === 5 && (x[i] = 1)));
    const data = await readStudy({ file: flat }, { file: states() }, labels(made.labels));
    expect(data.notes).toEqual([
      'a.safetensors: states: 1 of 8 columns never vary; they are centred and say nothing.',
    ]);
  });

  it('ends in a UserError or a study, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(files.a, files.b, files.labels),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.option(fc.nat()),
        async (victim, changes, cut) => {
          const bytes = victim.bytes.slice(0, cut === null ? undefined : cut % victim.bytes.length);
          for (const [at, value] of changes) if (bytes.length) bytes[at % bytes.length] = value;
          const pick = (file: GivenFile) => (file === victim ? { ...file, bytes } : file);
          try {
            await readStudy({ file: pick(files.a) }, { file: pick(files.b) }, pick(files.labels));
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
      { numRuns: 150, seed: 6 },
    );
  });
});
