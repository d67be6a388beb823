/** The table of a batch: which column is for which side, which files it names. No DOM: plain texts and names. */
import { UserError } from '../../math/errors';
import type { ModalityKind } from '../../packs/schema';
import { readTable } from '../../packs/study/columns';

export interface BatchSide {
  /** The modality's id and label in the pack. */
  id: string;
  label: string;
  kind: ModalityKind;
}

export interface BatchRow {
  id: string;
  /** Text, or the name of a file; empty where nothing is given. */
  a: string;
  b: string;
  label: string;
}

export interface BatchTable {
  file: string;
  /** Titles of the columns that were found; null where there is none. */
  columns: Record<'a' | 'b' | 'id' | 'label', string | null>;
  rows: BatchRow[];
}

/** Rows of a batch; more would take hours, and are better evaluated from the command line. */
export const mostRows = 5000;
export const mostBytes = 16 * 2 ** 20;

/** What a column for a kind may be called besides the modality's own names. */
const kindNames: Record<ModalityKind, string[]> = {
  text: ['text', 'title', 'sentence', 'words'],
  audio: ['audio', 'sound', 'voice', 'speech', 'recording'],
  image: ['image', 'picture', 'photo', 'photograph'],
  video: ['video', 'film', 'drawing'],
  features: [],
};
const idNames = ['id', 'name', 'row'];
const labelNames = ['label', 'class', 'target'];

/** Whether a side's cells name files; texts stand in the table itself. */
export const namesFiles = ({ kind }: BatchSide): boolean => kind !== 'text' && kind !== 'features';

const plain = (title: string): string => title.trim().toLowerCase();

/** The names under which a side's column is looked for, its own first. */
export function namesOf(side: 'a' | 'b', sides: Record<'a' | 'b', BatchSide>): string[] {
  const own = sides[side];
  const other = sides[side === 'a' ? 'b' : 'a'];
  return [
    own.id,
    own.label,
    side,
    ...(own.kind === other.kind ? [] : kindNames[own.kind]),
    ...(namesFiles(own) && !namesFiles(other) ? ['file', 'path'] : []),
  ].map(plain);
}

const list = (names: string[]): string => names.map((name) => `"${name}"`).join(' or ');

/**
 * @param name of the file, for sentences
 * @param bytes comma, semicolon or tab between, a header row, UTF-8
 * @throws UserError in one sentence: no such column, two of them, a broken row
 */
export function readBatch(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  sides: Record<'a' | 'b', BatchSide>,
): BatchTable {
  if (bytes.length > mostBytes)
    throw new UserError(
      `${name} has ${Math.round(bytes.length / 1e6)} MB: a table of at most ${Math.round(mostBytes / 1e6)} MB can be read here.`,
    );
  const { header, rows } = readTable({ name, bytes });
  const titles = header.map(plain);
  /** Column of the first name that the header has; −1 for none. */
  const columnOf = (names: string[]): number => {
    const found = names.find((n) => titles.includes(n));
    if (found === undefined) return -1;
    if (titles.indexOf(found) !== titles.lastIndexOf(found))
      throw new UserError(`${name} has two columns "${found}": rename one of them.`);
    return titles.indexOf(found);
  };
  const at = {
    a: columnOf(namesOf('a', sides)),
    b: columnOf(namesOf('b', sides)),
    id: columnOf(idNames),
    label: columnOf(labelNames),
  };
  if (at.a < 0 && at.b < 0)
    throw new UserError(
      `${name} has the columns ${header
        .map((h) => `"${h.trim()}"`)
        .join(', ')
        .slice(
          0,
          200,
        )}, and none of them is an input: name one ${list([sides.a.id, 'a'])}, or ${list([sides.b.id, 'b'])}.`,
    );
  if (rows.length > mostRows)
    throw new UserError(
      `${name} has ${rows.length} rows: ${mostRows} at most are predicted here, so split it into several.`,
    );
  const cell = (cells: string[], column: number) => (column < 0 ? '' : cells[column].trim());
  const title = (column: number) => (column < 0 ? null : header[column].trim());
  return {
    file: name,
    columns: { a: title(at.a), b: title(at.b), id: title(at.id), label: title(at.label) },
    rows: rows.map(({ cells, line }) => ({
      id: cell(cells, at.id) || `line ${line}`,
      a: cell(cells, at.a),
      b: cell(cells, at.b),
      label: cell(cells, at.label),
    })),
  };
}

const parts = (path: string): string[] =>
  plain(path)
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.');

/**
 * The file that a cell names: its path, or the end of it.
 * @param files by their paths inside the chosen folder
 * @returns undefined where none is so called
 * @throws UserError where several are
 */
export function findFile<T>(cell: string, files: ReadonlyMap<string, T>): T | undefined {
  const wanted = parts(cell);
  if (wanted.length === 0) return undefined;
  const found: T[] = [];
  for (const [path, file] of files) {
    const own = parts(path);
    if (wanted.length > own.length) continue;
    if (own.slice(-wanted.length).join('/') !== wanted.join('/')) continue;
    if (own.length === wanted.length) return file;
    found.push(file);
  }
  if (found.length > 1)
    throw new UserError(`${found.length} of the chosen files are called ${cell}: write their folder too.`);
  return found[0];
}

/** Names in the table that no chosen file has, each once. */
export function missingFiles(
  table: BatchTable,
  sides: Record<'a' | 'b', BatchSide>,
  files: ReadonlyMap<string, unknown>,
): string[] {
  const missing = new Set<string>();
  for (const side of ['a', 'b'] as const)
    if (namesFiles(sides[side]))
      for (const row of table.rows) {
        if (row[side] === '') continue;
        try {
          if (findFile(row[side], files) === undefined) missing.add(row[side]);
        } catch {
          // More than one: its own row says so.
        }
      }
  return [...missing];
}
