/** The origin's private file system in memory: as much of the standard as the page uses, with a limit of bytes. */
import type { PrivateRoot } from '../../../src/engine/checkpoint/private-files';

const failure = (name: string) => new DOMException(name, name);

class PrivateFile {
  readonly kind = 'file';
  bytes = new Uint8Array(0);
  private open = false;
  constructor(
    readonly name: string,
    private readonly disk: Disk,
  ) {}
  getFile = async () => new File([this.bytes.slice()], this.name);
  createSyncAccessHandle = async () => {
    if (this.open) throw failure('NoModificationAllowedError');
    this.open = true;
    return {
      read: (into: Uint8Array, { at }: { at: number }) => {
        const part = this.bytes.subarray(at, at + into.length);
        into.set(part);
        return part.length;
      },
      write: (from: Uint8Array, { at }: { at: number }) => {
        const end = Math.max(this.bytes.length, at + from.length);
        if (this.disk.used() + end - this.bytes.length > this.disk.limit) throw failure('QuotaExceededError');
        const next = new Uint8Array(end);
        next.set(this.bytes);
        next.set(from, at);
        this.bytes = next;
        return from.length;
      },
      truncate: (size: number) => {
        this.bytes = this.bytes.slice(0, size);
      },
      getSize: () => this.bytes.length,
      flush: () => undefined,
      close: () => {
        this.open = false;
      },
    };
  };
}

class PrivateFolder {
  readonly kind = 'directory';
  readonly entries = new Map<string, PrivateFile | PrivateFolder>();
  constructor(
    readonly name: string,
    private readonly disk: Disk,
  ) {}
  private entry<T>(name: string, create: boolean | undefined, make: () => PrivateFile | PrivateFolder): T {
    let found = this.entries.get(name);
    if (!found) {
      if (!create) throw failure('NotFoundError');
      found = make();
      this.entries.set(name, found);
    }
    return found as T;
  }
  getDirectoryHandle = async (name: string, options?: { create?: boolean }) =>
    this.entry<PrivateFolder>(name, options?.create, () => new PrivateFolder(name, this.disk));
  getFileHandle = async (name: string, options?: { create?: boolean }) =>
    this.entry<PrivateFile>(name, options?.create, () => new PrivateFile(name, this.disk));
  removeEntry = async (name: string) => {
    if (!this.entries.delete(name)) throw failure('NotFoundError');
  };
  async *values() {
    yield* this.entries.values();
  }
  size(): number {
    return [...this.entries.values()].reduce(
      (sum, entry) => sum + (entry instanceof PrivateFile ? entry.bytes.length : entry.size()),
      0,
    );
  }
}

export class Disk {
  readonly top = new PrivateFolder('', this);
  limit = Infinity;
  used = (): number => this.top.size();
  root: PrivateRoot = async () => this.top as unknown as FileSystemDirectoryHandle;

  /** The only file of that name. */
  file(name: string, folder = this.top): PrivateFile | undefined {
    for (const entry of folder.entries.values()) {
      if (entry instanceof PrivateFile && entry.name === name) return entry;
      const inside = entry instanceof PrivateFolder ? this.file(name, entry) : undefined;
      if (inside) return inside;
    }
    return undefined;
  }

  /** A tab that is gone holds no file open: the same bytes, unlocked. */
  afterReload(): Disk {
    const next = new Disk();
    const copy = (from: PrivateFolder, to: PrivateFolder): void => {
      for (const entry of from.entries.values())
        if (entry instanceof PrivateFile) {
          const file = new PrivateFile(entry.name, next);
          file.bytes = entry.bytes;
          to.entries.set(entry.name, file);
        } else {
          const folder = new PrivateFolder(entry.name, next);
          to.entries.set(entry.name, folder);
          copy(entry, folder);
        }
    };
    copy(this.top, next.top);
    return next;
  }
}
