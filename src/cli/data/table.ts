/** Tab-separated files as the data folders have them: UTF-8, a header row, no quoting. */
import { readFileSync } from 'node:fs';
import { UserError } from '../../math/errors';

/**
 * The rows of a table by column name.
 * @throws UserError where the file or one of `columns` is missing, or a row has another number of cells
 */
export function readTable<C extends string>(path: string, columns: readonly C[]): Record<C, string>[] {
  const lines = readText(path).split('\n');
  if (lines.at(-1) === '') lines.pop();
  const header = (lines.shift() ?? '').replace(/\r$/, '').split('\t');
  const places = columns.map((c) => {
    const at = header.indexOf(c);
    if (at < 0) throw new UserError(`${path} has no column "${c}": is it the right folder?`);
    return at;
  });
  return lines.map((line, n) => {
    const cells = line.replace(/\r$/, '').split('\t');
    if (cells.length !== header.length)
      throw new UserError(
        `${path}, line ${n + 2}: ${cells.length} cells where the header has ${header.length}.`,
      );
    return Object.fromEntries(columns.map((c, i) => [c, cells[places[i]]])) as Record<C, string>;
  });
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new UserError(`${path} cannot be read: give the data folder with --data.`);
  }
}
