/** Pooled states of a table's rows as they come: in memory, and written through where the browser keeps files. */
import { UserError } from '../../math/errors';
import { openFile, readJson, writeAt, writeJson, type PrivateRoot } from './private-files';
import { recordBytes, rowsFile, rowsFolder, rowsLabel, type RowsAbout } from './kept';

/** More would not fit beside the encoder in a tab. */
const mostBytes = 2 ** 31;

export interface Rows {
  readonly about: RowsAbout;
  /** Whether the rows outlive the page. */
  readonly kept: boolean;
  readonly done: number;
  /** [rows, layers, width]; the first `done` rows are there. */
  readonly states: Float32Array<ArrayBuffer>;
  /** @param values [layers, width] of the next row */
  append(values: Float32Array<ArrayBuffer>): void;
  /** Frees the file for other tabs; what was written stays. */
  close(): void;
}

/** FNV-1a over the words of a row: a tab that is closed may leave half a row, or zeros, at the end. */
function checkOf(values: Float32Array): number {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let hash = 0x811c9dc5;
  for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
  return hash >>> 0;
}

/**
 * Goes on with the rows of that key, or begins them.
 * @param root null: in memory only
 * @throws UserError where they are more than a tab can hold
 */
export async function openRows(root: PrivateRoot | null, key: string, about: RowsAbout): Promise<Rows> {
  const size = about.layers * about.width;
  if (about.rows * size * 4 > mostBytes)
    throw new UserError(
      `${about.rows} rows of ${about.layers} layers and width ${about.width} take ${Math.ceil((about.rows * size * 4) / 1e6)} MB, more than a tab can hold: divide the table, or use the recipes in Python.`,
    );
  const states = new Float32Array(about.rows * size);
  let file: FileSystemSyncAccessHandle | null = null;
  let done = 0;
  const bytes = recordBytes(about);
  const record = new Uint8Array(bytes);
  const [values, check] = [
    new Float32Array(record.buffer, 0, size),
    new Uint32Array(record.buffer, 4 * size, 1),
  ];
  if (root) {
    const folder = await rowsFolder(root, key);
    // the key stands for the rows' number and kind; only the title may have changed
    if (!(await readJson(folder, rowsLabel))) await writeJson(folder, rowsLabel, about);
    file = await openFile(folder, rowsFile);
    while (done < about.rows && file.read(record, { at: done * bytes }) === bytes) {
      if (checkOf(values) !== check[0]) break;
      states.set(values, done * size);
      done++;
    }
    file.truncate(done * bytes);
  }
  let flushed = performance.now();
  return {
    about,
    states,
    get kept() {
      return file !== null;
    },
    get done() {
      return done;
    },
    append(row) {
      states.set(row, done * size);
      if (file) {
        values.set(row);
        check[0] = checkOf(values);
        writeAt(file, record, done * bytes);
        const now = performance.now();
        if (now - flushed > 1000) {
          file.flush();
          flushed = now;
        }
      }
      done++;
    },
    close() {
      file?.flush();
      file?.close();
      file = null;
    },
  };
}
