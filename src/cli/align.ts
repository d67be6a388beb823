/** npm run align: a study of two encoders from their layer states, in one run, in shards, or from shards. */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UserError } from '../math/errors';
import { assembleStudy, packFiles } from '../packs/study/assemble';
import { encodeStudy } from '../packs/study/file';
import { exportHead, headOfName } from '../packs/study/head-export';
import { estimateSeconds, previewStudy, previewText } from '../packs/study/preview';
import { defaultStudy, type StudySettings } from '../packs/study/settings';
import { encodeShard, type StudyShard } from '../packs/study/shard';
import { targetChoices } from '../packs/study/labels';
import { metricNames, numberMetricNames } from '../packs/schema';
import { startNode } from '../runtime/node';
import { mergeShards, shardPath, writeWhole } from './align/merge';
import { openStudy, trainShard } from './align/run';
import { summaryOf } from './evaluate/summary';

const usage = `Usage: npm run align -- --a FILE --b FILE [--labels FILE] --out study.json [options]
       npm run align -- --merge SHARD... --out study.json [options]
       npm run align -- --append SHARD... --out study.json [options]

  --a, --b FILE         layer states [samples, layers, width]: .safetensors, .npz or .npy; FILE:ARRAY names one of several
  --labels FILE         a CSV with a column label and, where they are not in the states' files, id, group, split
  --out FILE            the study; shards are written beside it
  --preview             say what would be trained, and stop
  --shard K/N           train only part K of N, and write it beside --out
  --merge               join all shards of a study
  --append              join more shards to those that an incomplete --merge kept
  --heads DIR           export heads there: weights, a description, for docs/align/run_head.py
  --head LIST           which, with semicolons between: ssfn, late, pairwise, "2,1" (skew, pairs), "7.12" (layers) (ssfn)
  --with-heads          put all heads into the study, so that the page can run them
  --pack DIR            also write the study as a pack folder
  --title TEXT          what the study is called
  --target KIND         class or number: what the labels are (numbers with fractions or of many values: number)
  --metric NAME         selects on validation: ${metricNames.join(', ')} (accuracy);
                        of a number: ${numberMetricNames.join(', ')} (${numberMetricNames[0]})
  --validation SHARE, --test SHARE   of the groups, where the files give no split (0.15 each)
  --seed N              of the split, the starting values and the minibatches (0)
  --epochs N            at most (${defaultStudy.epochs})
  --resamples N         of the bootstrap (1000)
  --threads N           all cores unless told
  --json                the figures as one JSON object on the last line
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        a: text,
        b: text,
        labels: text,
        out: text,
        shard: text,
        heads: text,
        head: { type: 'string', default: 'ssfn' },
        pack: text,
        title: text,
        metric: text,
        target: text,
        validation: text,
        test: text,
        seed: text,
        epochs: text,
        resamples: text,
        threads: text,
        preview: flag,
        merge: flag,
        append: flag,
        'with-heads': flag,
        json: flag,
        help: flag,
      },
    });
  } catch (error) {
    throw new UserError(`${(error as Error).message} See --help.`);
  }
}
type Values = ReturnType<typeof parse>['values'];

function number(value: string | undefined, name: string, fallback: number, whole = true, least = 0): number {
  if (value === undefined) return fallback;
  const n = Number(value);
  if (value.trim() === '' || !Number.isFinite(n) || n < least || (whole && !Number.isInteger(n)))
    throw new UserError(
      `--${name} takes a ${whole ? 'whole ' : ''}number from ${least}, not "${value}".`,
      name,
    );
  return n;
}

function settingsFrom(values: Values): StudySettings {
  const names = [...metricNames, ...numberMetricNames];
  const metric = names.find((name) => name === (values.metric ?? defaultStudy.metric));
  if (!metric) throw new UserError(`--metric takes ${names.join(', ')}, not "${values.metric}".`, 'metric');
  const target = targetChoices.find((name) => name === (values.target ?? 'auto'));
  if (!target) throw new UserError(`--target takes class or number, not "${values.target}".`, 'target');
  return {
    ...defaultStudy,
    metric,
    target,
    seed: number(values.seed, 'seed', 0),
    epochs: number(values.epochs, 'epochs', defaultStudy.epochs, true, 1),
    resamples: number(values.resamples, 'resamples', defaultStudy.resamples, true, 1),
    validation: number(values.validation, 'validation', defaultStudy.validation, false),
    test: number(values.test, 'test', defaultStudy.test, false),
  };
}

function shardFrom(value: string | undefined): { shard: number; of: number } {
  const [, k, n] = /^(\d+)\/(\d+)$/.exec(value ?? '1/1') ?? [];
  const [shard, of] = [Number(k), Number(n)];
  if (!(shard >= 1 && shard <= of))
    throw new UserError(`--shard takes K/N with K from 1 to N, as in 2/4, not "${value}".`, 'shard');
  return { shard, of };
}

/** The whole study, or null where only a shard or a preview was asked for. */
async function obtain(values: Values, positionals: string[], out: string): Promise<StudyShard | null> {
  if (values.merge || values.append) return mergeShards(positionals, out, values.append);
  if (positionals.length > 0) throw new UserError(`What is "${positionals[0]}" for? See --help.`);
  if (!values.a || !values.b)
    throw new UserError('Give the layer states of both sides, --a and --b. See --help.', 'a');
  const threads = number(values.threads, 'threads', cpus().length, true, 1);
  const { shard, of } = shardFrom(values.shard);
  const { a, b, labels, title } = values;
  const opened = await openStudy({ a, b, labels, title, settings: settingsFrom(values) });
  const seconds = values.preview ? await estimateSeconds(opened.about, threads) : null;
  console.error(previewText(previewStudy(opened.data, opened.about, threads), seconds));
  if (values.preview) return null;
  const trained = await trainShard(opened, { shard, of, threads, report: (line) => console.error(line) });
  if (of === 1) return trained;
  const path = shardPath(out, shard, of);
  writeWhole(path, await encodeShard(trained));
  console.log(`${path} written; when all ${of} are there, join them with --merge.`);
  return null;
}

async function main(): Promise<void> {
  const { values, positionals } = parse(process.argv.slice(2));
  if (values.help) return void console.log(usage);
  const out = values.out ?? (values.preview ? '' : undefined);
  if (out === undefined)
    throw new UserError('Say with --out where the study is to be written. See --help.', 'out');
  const { backend } = await startNode();
  const shard = await obtain(values, positionals, out);
  if (!shard) return;
  const study = assembleStudy(shard, backend);
  writeWhole(out, await encodeStudy(shard, study, { withHeads: values['with-heads'] }));
  if (values.heads) {
    const { a, b } = study.about;
    for (const name of values.head.split(';').map((part) => part.trim())) {
      const made = exportHead(shard, headOfName(name, a.layers, b.layers, study.ssfn), name);
      const file = join(values.heads, name.replace(/,/g, '_'));
      writeWhole(`${file}.safetensors`, made.weights);
      writeWhole(`${file}.json`, made.description);
    }
  }
  if (values.pack)
    for (const [path, bytes] of await packFiles(study)) writeWhole(join(values.pack, path), bytes);
  console.log(summaryOf({ ...study.evaluation, seconds: 0 }));
  console.log(`${out} written.`);
  if (values.json) console.log(JSON.stringify(study.evaluation));
}

main().then(
  () => process.exit(),
  (error: Error) => {
    console.error(error instanceof UserError ? error.message : error.stack);
    process.exit(1);
  },
);
