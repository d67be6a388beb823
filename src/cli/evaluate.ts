/** npm run evaluate -- <pack>: what all models of a pack reach on a split of its data. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UserError } from '../math/errors';
import { evaluatePack } from './evaluate/run';
import { summaryOf } from './evaluate/summary';
import { addToPack } from './evaluate/write';

const usage = `Usage: npm run evaluate -- <pack> [options]

  --data DIR            the data folder; it need hold only the asked split (../shared/data)
  --split SPLIT         test or validation (test)
  --conditions LIST     ids with commas between; all of the pack if left out
  --shifts              also with every voice's pitch and formants at 0.8 and 1.2 times its own
  --dependency          also the heads of every variant, whole and as A or B is dropped or worn away
  --draws N             seeded pairings over which means and deviations are taken (5)
  --resamples N         of the bootstrap (1000)
  --threads N           that encode (2)
  --packs DIR           the folder of the packs (models)
  --json                one JSON object as the last line
  --write-record        put the split's records and figures into the pack
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: '../shared/data' },
    split: { type: 'string', default: 'test' },
    conditions: { type: 'string' },
    shifts: { type: 'boolean', default: false },
    dependency: { type: 'boolean', default: false },
    draws: { type: 'string', default: '5' },
    resamples: { type: 'string', default: '1000' },
    threads: { type: 'string', default: '2' },
    packs: { type: 'string', default: 'models' },
    json: { type: 'boolean', default: false },
    'write-record': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const count = (text: string, name: string): number => {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1)
    throw new UserError(`--${name} takes a whole number above zero, not "${text}".`);
  return n;
};

async function main(): Promise<void> {
  const [pack] = positionals;
  if (values.help || !pack) return void console.log(usage);
  const { split } = values;
  if (split !== 'test' && split !== 'validation')
    throw new UserError(`--split takes test or validation, not "${split}".`);
  const packDir = join(values.packs, pack);
  const { evaluation, contents, open } = await evaluatePack(packDir, values.data, {
    split,
    conditions: values.conditions?.split(','),
    shifts: values.shifts ? [0.8, 1.2] : [],
    dependency: values.dependency,
    draws: count(values.draws, 'draws'),
    resamples: count(values.resamples, 'resamples'),
    threads: count(values.threads, 'threads'),
    report: (line) => console.error(line),
  });
  if (values['write-record']) await addToPack(packDir, open.pack, evaluation, contents);
  console.log(summaryOf(evaluation));
  if (values.json) console.log(JSON.stringify(evaluation));
}

main().then(
  () => process.exit(),
  (error: Error) => {
    console.error(error instanceof UserError ? error.message : error.stack);
    process.exit(1);
  },
);
