/** npm run train -- digits: makes a pack from its data. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UserError } from '../math/errors';
import type { Refinement } from './train/adamw';
import { writeWhole } from './train/checkpoint';
import { trainEncoder, type EncoderRun } from './train/encoder';
import type { TaskName } from './train/messages';

const usage = `Usage: npm run train -- <pack> [options]

Packs: digits, latin-english, fashion, emotion, sentiment

  --data DIR        the data folder (../shared/data)
  --out DIR         the pack's folder (models/<pack>)
  --stage STAGE     encoders, heads or all (all); dependency: alignment matrices, nulls and statistical networks;
                    variants: heads with the dependency in their loss, beside those that are there
  --only MODALITY   of the encoders only this one
  --leave-out VOICE with --only audio: validate on this training voice instead; nothing of the pack is changed
  --resume          go on from the last checkpoint
  --second-cycle    of encoders whose checkpoint is gone: train the second cycle only, from the pack's encoder
  --threads N       threads of an encoder (cores)
  --steps N         steps of an encoder; a resumed run may be made longer or shorter
  --batch N         samples of a step
  --rate X          the peak learning rate
  --seed N          (0)
  --measures LIST   of the stage variants: kl,f,wasserstein (all)
  --again           measure or train once more what the pack has already (dependency, variants)
  --no-synthetic    without the voices of scripts/synthesise-digits.ts
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: '../shared/data' },
    out: { type: 'string' },
    stage: { type: 'string', default: 'all' },
    only: { type: 'string' },
    'leave-out': { type: 'string' },
    resume: { type: 'boolean', default: false },
    'second-cycle': { type: 'boolean', default: false },
    threads: { type: 'string', default: String(cpus().length) },
    steps: { type: 'string' },
    batch: { type: 'string' },
    rate: { type: 'string' },
    seed: { type: 'string', default: '0' },
    measures: { type: 'string' },
    again: { type: 'boolean', default: false },
    'no-synthetic': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

interface Plan {
  modality: string;
  task: TaskName;
  steps: number;
  batch: number;
  rate: number;
  refine?: Refinement;
}

/** The encoders of each pack in the order of its modalities, and how they were trained. */
const packs: Record<string, Plan[]> = {
  digits: [
    {
      modality: 'video',
      task: 'digits-video',
      steps: 4500,
      batch: 32,
      rate: 8e-4,
      refine: { steps: 2000, peak: 5e-4 },
    },
    {
      modality: 'audio',
      task: 'digits-audio',
      steps: 6200,
      batch: 48,
      rate: 8e-4,
      refine: { steps: 2000, peak: 4e-4 },
    },
  ],
  'latin-english': [
    {
      modality: 'latin',
      task: 'latin',
      steps: 10000,
      batch: 48,
      rate: 4e-4,
      refine: { steps: 2500, peak: 3e-4 },
    },
    {
      modality: 'english',
      task: 'english',
      steps: 10000,
      batch: 48,
      rate: 4e-4,
      refine: { steps: 2500, peak: 3e-4 },
    },
  ],
  fashion: [
    { modality: 'text', task: 'fashion-text', steps: 3000, batch: 64, rate: 5e-4 },
    {
      modality: 'image',
      task: 'fashion-image',
      steps: 3200,
      batch: 48,
      rate: 8e-4,
      refine: { steps: 2400, peak: 6e-4 },
    },
  ],
  emotion: [
    { modality: 'text', task: 'emotion-text', steps: 3600, batch: 48, rate: 4e-4 },
    { modality: 'audio', task: 'emotion-audio', steps: 3000, batch: 48, rate: 8e-4 },
  ],
  sentiment: [
    {
      modality: 'text',
      task: 'sentiment-text',
      steps: 8000,
      batch: 48,
      rate: 4e-4,
      refine: { steps: 500, peak: 2e-4 },
    },
    ...(['audio', 'video', 'text-features'] as const).map((modality): Plan => ({
      modality,
      task: `sentiment-${modality}`,
      steps: 500,
      batch: 32,
      rate: 4e-4,
      refine: { steps: 250, peak: 3e-4 },
    })),
  ],
};

const count = (text: string, name: string): number => {
  const n = Number(text);
  if (!(n > 0)) throw new UserError(`--${name} takes a number above zero, not "${text}".`);
  return n;
};

async function trainEncoders(pack: string, out: string): Promise<void> {
  const wanted = packs[pack].filter(({ modality }) => !values.only || values.only === modality);
  if (wanted.length === 0)
    throw new UserError(
      `--only takes ${packs[pack].map((e) => e.modality).join(' or ')}, not "${values.only}".`,
    );
  const voice = values['leave-out'];
  if (voice && values.only !== 'audio') throw new UserError('--leave-out goes with --only audio.');
  for (const { modality, task, steps, batch, rate, refine } of wanted) {
    const work = join('.cache/train', pack, voice ? `${modality}-without-${voice}` : modality);
    const run: EncoderRun = {
      task,
      options: {
        dataDir: values.data,
        cache: join('.cache/train', pack),
        heldOut: voice,
        synthetic: values['no-synthetic'] ? undefined : '.cache/synthetic-digits',
      },
      out: voice ? join(work, 'encoder') : join(out, 'encoders', modality),
      work,
      threads: count(values.threads, 'threads'),
      steps: values.steps ? count(values.steps, 'steps') : steps,
      batch: values.batch ? count(values.batch, 'batch') : batch,
      refine: voice ? undefined : refine,
      parts: 4,
      learningRate: values.rate ? count(values.rate, 'rate') : rate,
      seed: Number(values.seed),
      resume: values.resume,
      again: values['second-cycle'],
      measureEvery: 250,
      report: (line) => console.log(line),
    };
    const result = await trainEncoder(run);
    const measured = join(out, 'measured', voice ? 'lovo.json' : `encoder-${modality}.json`);
    const before = readJson(measured);
    if (voice) writeWhole(measured, toJson({ ...before, [voice]: result }));
    else writeWhole(measured, toJson(values['second-cycle'] ? { ...result, firstCycle: before } : result));
  }
}

const toJson = (value: unknown): string => JSON.stringify(value, null, 2) + '\n';
const readJson = (path: string): Record<string, unknown> =>
  existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>) : {};

async function main(): Promise<void> {
  const [pack] = positionals;
  if (values.help || !pack) return void console.log(usage);
  if (!packs[pack])
    throw new UserError(`There is no pack "${pack}" to train: ${Object.keys(packs).join(', ')}.`);
  if (!['encoders', 'heads', 'dependency', 'variants', 'all'].includes(values.stage))
    throw new UserError(`--stage takes encoders, heads, dependency, variants or all, not "${values.stage}".`);
  const out = values.out ?? join('models', pack);
  if (values.stage === 'dependency') {
    const { dependencyStage } = await import('./dependency/stage');
    return dependencyStage(out, {
      again: values.again,
      threads: count(values.threads, 'threads'),
      seed: Number(values.seed),
      report: (line) => console.log(line),
    });
  }
  if (values.stage === 'variants') {
    const { variantsStage } = await import('./dependency/variants-stage');
    const { measuresOf } = await import('./dependency/variants');
    await variantsStage(out, values.data, {
      measures: measuresOf(values.measures),
      again: values.again,
      threads: count(values.threads, 'threads'),
      report: (line) => console.log(line),
    });
    return;
  }
  if (values.stage !== 'heads') await trainEncoders(pack, out);
  if (values.stage !== 'encoders' && !values['leave-out']) {
    const { trainHeads } = await import('./heads');
    await trainHeads(out, values.data, {
      threads: count(values.threads, 'threads'),
      seed: Number(values.seed),
    });
  }
}

main().catch((error: Error) => {
  console.error(error instanceof UserError ? error.message : error.stack);
  process.exitCode = 1;
});
