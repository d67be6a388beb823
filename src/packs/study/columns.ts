/** What a study knows of each sample beside its states: label, id, group, split; from arrays, metadata or a CSV. */
import { UserError } from '../../math/errors';
import type { ArrayFile, GivenFile } from './arrays';

export const columnNames = ['labels', 'ids', 'groups', 'split'] as const;
export type ColumnName = (typeof columnNames)[number];

/** One text a sample. */
export interface Columns extends Partial<Record<ColumnName, string[]>> {
  /** Where they are from, for messages. */
  file: string;
  /** What the groups are called there. */
  groupName?: string;
}

/** The names under which each column is looked for. */
const known: Record<ColumnName, RegExp> = {
  labels: /^(labels?|class(es)?|targets?|y)$/i,
  ids: /^(ids?|names?|samples?|keys?)$/i,
  groups: /^(groups?|speakers?|videos?|writers?|subjects?|units?)$/i,
  split: /^(splits?|sets?|parts?)$/i,
};
const columnOf = (name: string): ColumnName | undefined =>
  columnNames.find((column) => known[column].test(name.trim()));

const singular = (name: string): string => name.trim().toLowerCase().replace(/s$/, '');

/** The one-dimensional arrays of known names, and lists in a safetensors file's metadata. */
export function columnsOfArrays({ name: file, arrays, metadata }: ArrayFile): Columns {
  const out: Columns = { file };
  const put = (name: string, values: () => string[]): void => {
    const column = columnOf(name);
    if (!column) return;
    if (out[column])
      throw new UserError(`The file ${file} has two arrays that could be its ${column}; rename one.`, file);
    out[column] = values();
    if (column === 'groups') out.groupName = singular(name);
  };
  for (const array of arrays) if (array.shape.length === 1) put(array.name, () => array.texts());
  for (const [name, text] of Object.entries(metadata)) {
    if (!columnOf(name) || /^class(es)?$/i.test(name)) continue;
    let list: unknown;
    try {
      list = JSON.parse(text);
    } catch {
      continue;
    }
    if (Array.isArray(list)) put(name, () => list.map(String));
  }
  return out;
}

/** The classes' names in a safetensors file's metadata: a JSON list, place by label. */
export function classNamesOf({ metadata, name }: ArrayFile): string[] | null {
  const text = metadata.classes;
  if (text === undefined) return null;
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((entry) => typeof entry === 'string')) return list;
  } catch {
    // said below
  }
  throw new UserError(
    `In the file ${name} the metadata field "classes" is not a JSON list of names.`,
    `${name}: classes`,
  );
}

/**
 * A table with commas, semicolons or tabs between and a header row (RFC 4180); quoted cells may hold anything.
 * @throws UserError naming the line
 */
export function readTable({ name: file, bytes }: GivenFile): { header: string[]; rows: Row[] } {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/^\ufeff/, '');
  } catch {
    throw new UserError(`The table ${file} is not UTF-8 text; save it as a CSV in UTF-8.`, file);
  }
  const firstLine = text.split(/\r?\n/, 1)[0];
  const separator = [',', '\t', ';'].reduce((best, candidate) =>
    firstLine.split(candidate).length > firstLine.split(best).length ? candidate : best,
  );
  const rows = parseRows(text, separator, file);
  const header = rows.shift();
  if (!header || rows.length === 0)
    throw new UserError(`The table ${file} has no rows under a header.`, file);
  for (const { cells, line } of rows)
    if (cells.length !== header.cells.length)
      throw new UserError(
        `The table ${file}, line ${line}: ${cells.length} cells where the header has ${header.cells.length}.`,
        file,
      );
  return { header: header.cells, rows };
}

/**
 * The columns of known names in a table.
 * @throws UserError naming the line, or the columns that there are where labels are not among them
 */
export function columnsOfTable(given: GivenFile): Columns {
  const { header, rows } = readTable(given);
  const file = given.name;
  const out: Columns = { file };
  header.forEach((title, at) => {
    const column = columnOf(title);
    if (!column) return;
    if (out[column])
      throw new UserError(`The table ${file} has two columns that could be its ${column}; rename one.`, file);
    out[column] = rows.map(({ cells }) => cells[at].trim());
    if (column === 'groups') out.groupName = singular(title);
  });
  if (!out.labels)
    throw new UserError(
      `The table ${file} has no column "label" (its columns: ${header.join(', ').slice(0, 200)}); name one so.`,
      file,
    );
  return out;
}

export interface Row {
  cells: string[];
  line: number;
}

function parseRows(text: string, separator: string, file: string): Row[] {
  const rows: Row[] = [];
  let cells: string[] = [];
  let line = 1;
  let began = 1;
  let at = 0;
  const end = (): void => {
    if (cells.length > 1 || cells[0] !== '') rows.push({ cells, line: began });
    cells = [];
    began = line;
  };
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (at >= text.length)
          throw new UserError(`The table ${file}, line ${began}: a quote is not closed.`, file);
        if (text[at] === '"' && text[at + 1] !== '"') break;
        if (text[at] === '"') at++;
        if (text[at] === '\n') line++;
        cell += text[at];
      }
      at++;
    } else {
      const from = at;
      while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at++;
      cell = text.slice(from, at);
    }
    cells.push(cell);
    if (text[at] === separator) {
      at++;
      if (at < text.length && text[at] !== '\n' && text[at] !== '\r') continue;
      cells.push('');
    } else if (at < text.length && text[at] !== '\n' && text[at] !== '\r')
      throw new UserError(`The table ${file}, line ${line}: there is text after a closing quote.`, file);
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    line++;
    end();
  }
  return rows;
}
