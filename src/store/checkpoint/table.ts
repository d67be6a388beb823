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

/** Files by their whole path, and by their bare name where only one has it. */
export function fileFinder(files: readonly NamedBlob[]): (cell: string) => NamedBlob | undefined {
  const paths = new Map<string, NamedBlob>();
  const bare = new Map<string, NamedBlob | null>();
  for (const file of files) {
    const parts = file.name.split('/');
    // a cell may leave out the folders above
    for (let from = 0; from < parts.length - 1; from++) paths.set(parts.slice(from).join('/'), file);
    const name = parts.at(-1)!;
    bare.set(name, bare.has(name) ? null : file);
  }
  return (cell) => {
    const path = cell.trim().replaceAll('\\', '/').replace(/^\.\//, '');
    return paths.get(path) ?? bare.get(path.slice(path.lastIndexOf('/') + 1)) ?? undefined;
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
