/**
 * What is done of a study that trains, kept in the browser: after a reload the same files go on from it. Each chunk of
 * heads is a shard with its checksum, under a fingerprint of everything that its numbers follow from.
 */
import { headChunks } from '../../fusion/train';
import type { Standardisation } from '../../fusion/standardise';
import type { FileCache } from '../../packs/cache';
import { sha256 } from '../../packs/integrity';
import { headShapeOf, type StudyAbout } from '../../packs/study/settings';
import { decodeShard, encodeShard, type StudyShard } from '../../packs/study/shard';
import type { ChunkResult } from '../../packs/study/train';

export type Done = Pick<StudyShard, 'probes' | 'chunks'>;

/** Of one study, the last that trained: another one's take its place. */
export class KeptStudy {
  /** Whether what is done reaches the browser's storage; falls when there is no room. */
  keeps = true;
  private readonly of: number;

  private constructor(
    private readonly cache: FileCache,
    private readonly about: StudyAbout,
    private readonly fingerprint: string,
  ) {
    const { la, lb } = headShapeOf(about);
    this.of = headChunks(la, lb).length;
  }

  /** Settings, program, labels and split are in `about`, and the hashes of the files. */
  static async of(cache: FileCache, about: StudyAbout): Promise<KeptStudy> {
    return new KeptStudy(cache, about, await sha256(new TextEncoder().encode(JSON.stringify(about))));
  }

  /** What is there and sound; the rest is trained again. */
  async recall(): Promise<Done> {
    const { la, lb } = headShapeOf(this.about);
    const names = headChunks(la, lb).map(({ heads }) => chunkName(heads));
    const found = await Promise.all(['probes', ...names].map((name) => this.read(name)));
    return {
      probes: found[0]?.probes ?? null,
      chunks: found.slice(1).flatMap((shard) => shard?.chunks ?? []),
    };
  }

  /** Before the first chunk: what was kept of another study goes. */
  async begin(): Promise<void> {
    await this.attempt(async () => {
      const marker = `${address()}current`;
      const held = await this.cache.get(marker, 'current');
      if (held && new TextDecoder().decode(held) === this.fingerprint) return;
      await this.cache.delete(address());
      await this.cache.put(marker, 'current', new TextEncoder().encode(this.fingerprint));
    });
  }

  keepProbes(probes: StudyShard['probes'], standardisation: StudyShard['standardisation']): Promise<void> {
    return this.write('probes', { shards: [], chunks: [], probes, standardisation });
  }

  keepChunk(chunk: ChunkResult, standardisation: { a: Standardisation; b: Standardisation }): Promise<void> {
    const { la, lb } = headShapeOf(this.about);
    const shard = headChunks(la, lb).findIndex(({ heads }) => heads[0] === chunk.heads[0]) + 1;
    return this.write(chunkName(chunk.heads), {
      shards: [shard],
      chunks: [chunk],
      probes: null,
      standardisation,
    });
  }

  private async read(name: string): Promise<StudyShard | null> {
    try {
      const bytes = await this.cache.get(this.urlOf(name), this.fingerprint);
      return bytes && (await decodeShard(bytes, name));
    } catch {
      return null;
    }
  }

  private write(name: string, part: Omit<StudyShard, 'about' | 'of'>): Promise<void> {
    return this.attempt(async () =>
      this.cache.put(
        this.urlOf(name),
        this.fingerprint,
        await encodeShard({ ...part, about: this.about, of: this.of }),
      ),
    );
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch {
      this.keeps = false;
    }
  }

  private urlOf(name: string): string {
    return `${address()}${this.fingerprint}/${name}`;
  }
}

const chunkName = (heads: readonly number[]): string => `heads-${heads[0]}`;

/** No file is there: the browser's cache names what it holds by addresses. */
const address = (): string => `${globalThis.location?.origin ?? 'http://localhost'}/kept-study/`;

/** @returns how many bytes were kept */
export const forgetStudies = async (cache: FileCache): Promise<number> => cache.delete(address());
