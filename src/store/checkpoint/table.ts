/** The table of samples: which column is made of what, and which file each row means. */
import type { Takes } from '../../engine/checkpoint/operations';
import type { NamedBlob } from '../../engine/study/operations';

export interface SampleTable {
  file: NamedBlob;
  header: string[];
  rows: string[][];
}

const fileName = /\.[a-z0-9]{2,5}$/i;
const reserved =
  /^(labels?|class(es)?|targets?|y|scores?|ids?|groups?|speakers?|videos?|writers?|subjects?|units?|splits?|sets?|parts?)$/i;

/** The column that an encoder most likely takes: for texts the longest cells, for files those that look like names of files. */
export function likelyColumn({ header, rows }: SampleTable, takes: Takes, not: number | null): number | null {
  const some = rows.slice(0, 200);
  const weight = (column: number): number => {
    const cells = some.map((row) => row[column]);
    const files = cells.filter((cell) => fileName.test(cell)).length / cells.length;
    if (takes !== 'text') return files;
    const length = cells.reduce((sum, cell) => sum + cell.length, 0) / cells.length;
    return files > 0.5 ? 0 : length;
  };
  const columns = [...header.keys()].filter(
    (column) => takes !== 'text' || !reserved.test(header[column].trim()),
  );
  const ranked = columns
    .map((column) => ({ column, weight: weight(column) - (column === not ? 1e-6 : 0) }))
    .sort((x, y) => y.weight - x.weight);
  return ranked.length && ranked[0].weight > 0 ? ranked[0].column : null;
}

/**
 * The file that a cell names: one whose path ends as the cell's does, or, given without its folders, whose whole path
 * the cell ends with. Never one of another folder that is only called the same.
 */
export function fileFinder(files: readonly NamedBlob[]): (cell: string) => NamedBlob | undefined {
  const endings = (path: string): string[] => {
    const parts = path.split('/');
    return parts.map((_, from) => parts.slice(from).join('/'));
  };
  const whole = new Map(files.map((file) => [file.name, file]));
  const ends = new Map<string, NamedBlob | null>();
  for (const file of files)
    for (const end of endings(file.name))
      ends.set(end, ends.has(end) && !whole.has(end) ? null : (whole.get(end) ?? file));
  return (cell) => {
    const path = cell.trim().replaceAll('\\', '/').replace(/^\.\//, '');
    const known = endings(path).find((end) => whole.has(end));
    return ends.get(path) ?? (known === undefined ? undefined : whole.get(known));
  };
}

/** What a row's states depend on beside the encoder. */
export const identityOf = (file: NamedBlob): string =>
  `${file.name} ${file.blob.size} ${file.blob instanceof File ? file.blob.lastModified : 0}`;

export interface ColumnCheck {
  /** Cells that are empty. */
  empty: number;
  /** Names of files that are not among those given; the first few. */
  missing: string[];
  missingCount: number;
}

export function checkColumn(
  { rows }: SampleTable,
  column: number,
  takes: Takes,
  files: readonly NamedBlob[],
): ColumnCheck {
  const find = fileFinder(files);
  const cells = rows.map((row) => row[column]);
  const missing = takes === 'text' ? [] : cells.filter((cell) => cell.trim() !== '' && !find(cell));
  return {
    empty: cells.filter((cell) => cell.trim() === '').length,
    missing: [...new Set(missing)].slice(0, 3),
    missingCount: missing.length,
  };
}
