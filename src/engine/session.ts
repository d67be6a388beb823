/** What the worker holds: one open pack with its models, records and the last sample. */
import { createHeads, type Heads } from '../fusion/heads';
import { createJoint, type Joint } from '../fusion/joint';
import { createProbes, type Probes } from '../fusion/probe';
import { createSeeds, type Seeds } from '../fusion/seeds';
import { UserError } from '../math/errors';
import type { PenaltyEvaluation } from '../packs/dependency-evaluation';
import type { DependencyFile } from '../packs/dependency-file';
import { openPack, type OpenOptions, type OpenPack } from '../packs/open';
import { decodePairLogs, decodeRecord } from '../packs/record';
import type { EvaluationRecord } from '../packs/record-types';
import { decodeSampleStates, type SampleStates } from '../packs/sample-states';
import type { FileCache } from '../packs/cache';
import type { PrivateRoot } from './checkpoint/private-files';
import { memorySource, type Source } from '../packs/source';
import { featuresOnly, openModality, type Modality } from './modality';

export interface Scope {
  pairing: string;
  task: string;
  variant: string;
  /** Late, pairwise and SSFN by all seeds that the pack ships, as one model each; left out: by the first. */
  seeds?: boolean;
}

/** The last sample's standardised states; a side is absent where it was not given or was dropped. */
export interface LastSample {
  pairing: string;
  a: Float32Array;
  b: Float32Array;
  givenA: boolean;
  givenB: boolean;
}

type Watcher = NonNullable<OpenOptions['onProgress']>;

/** Ask for a thing once; a failure is forgotten, so that asking again tries again. */
function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let promise = known.get(key);
  if (!promise) {
    promise = make();
    known.set(key, promise);
    promise.catch(() => known.delete(key));
  }
  return promise;
}

export class OpenedPack {
  last: LastSample | null = null;
  /** What handlers worked out and may need again, by their own keys. */
  readonly memo = new Map<string, unknown>();
  private readonly modalities = new Map<string, Modality>();
  private readonly heads_ = new Map<string, Promise<Heads>>();
  /** Who is told how far heads are that are being fetched: a warm-up may have asked for them before a prediction did. */
  private readonly watching = new Map<string, Set<Watcher>>();
  private readonly seeds_ = new Map<string, Promise<Seeds>>();
  private readonly joints = new Map<string, Promise<Joint>>();
  private readonly probes_ = new Map<string, Probes>();
  private readonly records = new Map<string, Promise<EvaluationRecord>>();
  private readonly logs = new Map<string, Promise<Uint8Array>>();
  private readonly dependencies = new Map<string, Promise<DependencyFile>>();
  private readonly penalties = new Map<string, Promise<PenaltyEvaluation>>();
  private readonly states_ = new Map<string, Promise<SampleStates>>();

  constructor(
    readonly files: OpenPack,
    private readonly cache: FileCache | null,
  ) {}

  pairing(id: string) {
    const pairing = this.files.pack.pairings.find((p) => p.id === id);
    if (!pairing) throw new RangeError(`The pack has no pairing ${id}.`);
    return pairing;
  }

  modality(id: string): Modality {
    let modality = this.modalities.get(id);
    if (!modality) {
      const stored = this.files.encoders[id];
      const standardisation = this.files.standardisations[id];
      modality = stored ? openModality(stored, standardisation) : featuresOnly(standardisation);
      this.modalities.set(id, modality);
    }
    return modality;
  }

  /** Whether they are there, or on their way. */
  hasHeads({ pairing, task, variant }: Scope): boolean {
    return this.heads_.has(`${pairing} ${task} ${variant}`);
  }

  /** @param onProgress told of bytes only where the heads have to be fetched */
  async heads({ pairing, task, variant }: Scope, onProgress?: Watcher): Promise<Heads> {
    const key = `${pairing} ${task} ${variant}`;
    const watchers = this.watching.get(key) ?? new Set<Watcher>();
    this.watching.set(key, watchers);
    if (onProgress) watchers.add(onProgress);
    try {
      return await once(this.heads_, key, async () =>
        createHeads(
          await this.files.heads(pairing, task, variant, {
            onProgress: (progress) => watchers.forEach((watcher) => watcher(progress)),
          }),
        ),
      );
    } finally {
      if (onProgress) watchers.delete(onProgress);
    }
  }

  /** @throws UserError where the pack ships none */
  seeds({ pairing, task, variant }: Scope, onProgress?: Watcher): Promise<Seeds> {
    return once(this.seeds_, `${pairing} ${task} ${variant}`, async () => {
      const { shape } = await this.heads({ pairing, task, variant });
      const further = await this.files.seeds(pairing, task, variant, { cache: this.cache, onProgress });
      return createSeeds(
        shape,
        further.map(({ groups }) => groups),
      );
    });
  }

  /** @throws UserError where the pack ships none */
  joint(group: string, task: string): Promise<Joint> {
    return once(this.joints, `${group} ${task}`, async () =>
      createJoint(await this.files.joint(group, task)),
    );
  }

  probes(task: string, modality: string): Probes {
    const key = `${task} ${modality}`;
    let probes = this.probes_.get(key);
    if (!probes) {
      probes = createProbes(this.files.probes(task, modality));
      this.probes_.set(key, probes);
    }
    return probes;
  }

  record(
    { pairing, task, variant }: Scope,
    condition: string,
    split: 'validation' | 'test',
    onProgress?: OpenOptions['onProgress'],
  ): Promise<EvaluationRecord> {
    const keys = { pairing, task, variant, condition, split };
    return once(this.records, JSON.stringify(keys), async () =>
      decodeRecord(await this.files.file('record', keys, { cache: this.cache, onProgress }), 'record'),
    );
  }

  /** @throws UserError where the pack ships none for the condition */
  pairLogs(
    { pairing, task, variant }: Scope,
    condition: string,
    split: 'validation' | 'test',
  ): Promise<Uint8Array> {
    const keys = { pairing, task, variant, condition, split };
    return once(this.logs, JSON.stringify(keys), async () => {
      const record = await this.record({ pairing, task, variant }, condition, split);
      return decodePairLogs(
        await this.files.file('pair-logs', keys, { cache: this.cache }),
        record,
        'pair-logs',
      );
    });
  }

  hasDependency(pairing: string): boolean {
    return this.files.pack.files.some((file) => file.role === 'dependency' && file.pairing === pairing);
  }

  /** Alignment matrices with their nulls, and statistical networks. @throws UserError where the pack ships none */
  dependency(pairing: string): Promise<DependencyFile> {
    return once(this.dependencies, pairing, async () => {
      const { decodeDependency } = await import('../packs/dependency-file');
      const bytes = await this.files.file('dependency', { pairing }, { cache: this.cache });
      return decodeDependency(bytes, 'dependency');
    });
  }

  /** What a dependency in the loss brought, as the file has it. @throws UserError where the pack ships none */
  penalty(pairing: string, onProgress?: OpenOptions['onProgress']): Promise<PenaltyEvaluation> {
    return once(this.penalties, pairing, async () => {
      const { decodePenaltyEvaluation } = await import('../packs/dependency-evaluation');
      const role = 'dependency-evaluation';
      // one file for all pairings, or one for each
      const own = this.files.pack.files.some((file) => file.role === role && file.pairing === pairing);
      const options = { cache: this.cache, onProgress };
      return decodePenaltyEvaluation(await this.files.file(role, own ? { pairing } : {}, options), role);
    });
  }

  sampleStates(pairing: string): Promise<SampleStates> {
    return once(this.states_, pairing, async () =>
      decodeSampleStates(
        await this.files.file('sample-states', { pairing }, { cache: this.cache }),
        'sample-states',
      ),
    );
  }

  dispose(): void {
    for (const modality of this.modalities.values()) modality.dispose();
    for (const probes of this.probes_.values()) probes.dispose();
    for (const model of [...this.heads_.values(), ...this.seeds_.values(), ...this.joints.values()])
      model.then((m) => m.dispose()).catch(() => undefined /* it never came to be */);
  }
}

export class Session {
  /** A person's own studies by their address: the files of a pack each. */
  readonly studies = new Map<string, ReadonlyMap<string, Uint8Array>>();
  /** Where a person's own checkpoints are kept; null where the browser has no such place. */
  privateRoot: PrivateRoot | null = null;
  private current: OpenedPack | null = null;
  private opening: Promise<OpenedPack> | null = null;
  private waiting = 0;
  private waiters: (() => void)[] = [];

  /** @param sourceOf how a pack's files are reached; tests bring files in memory */
  constructor(
    readonly sourceOf: (url: string) => Source,
    readonly cache: FileCache | null,
  ) {}

  /** Opens a pack in place of the one before it, which stays open if this one fails. The latest call wins. */
  async open(url: string, options: OpenOptions): Promise<OpenedPack> {
    const study = this.studies.get(url);
    if (!study && url.startsWith('study:'))
      throw new UserError(
        'This study was in the worker that had to be started again: open its file, or train it once more.',
        url,
      );
    // what is in memory is not kept a second time
    const cache = study ? null : this.cache;
    const source = study ? memorySource(study, url) : this.sourceOf(url);
    const mine = openPack(source, { ...options, cache }).then((files) => new OpenedPack(files, cache));
    this.opening = mine;
    try {
      const pack = await mine;
      if (this.opening !== mine) throw new DOMException('Another pack was chosen.', 'AbortError');
      this.current?.dispose();
      this.current = pack;
      return pack;
    } finally {
      if (this.opening === mine) this.opening = null;
    }
  }

  /** The open pack; while one is being opened, that one. */
  async pack(): Promise<OpenedPack> {
    const pack = this.opening ? await this.opening : this.current;
    if (!pack) throw new Error('No pack is open.');
    return pack;
  }

  /** Run something that a person waits for: long computations let it go first. */
  async foreground<T>(work: () => Promise<T>): Promise<T> {
    this.waiting++;
    try {
      return await work();
    } finally {
      this.waiting--;
      if (this.waiting === 0) this.waiters.splice(0).forEach((go) => go());
    }
  }

  /** For long computations, between their steps. */
  async afterForeground(signal: AbortSignal): Promise<void> {
    while (this.waiting > 0) {
      await new Promise<void>((resolve) => this.waiters.push(resolve));
      signal.throwIfAborted();
    }
  }
}
