/** Rows as a table for people, and as the committed results. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import type { Row } from './types';

const number = (x: number | null | undefined): string =>
  x === null || x === undefined ? '' : Math.abs(x) >= 100 ? x.toFixed(0) : x.toPrecision(3);

const cells = (row: Row): string[] => [
  row.name,
  row.value === null ? 'not measured' : `${number(row.value)} ${row.unit}`,
  row.yardstick ? `${number(row.yardstick.value)} ${row.unit}` : '',
  row.yardstick && row.ratio !== undefined ? `${row.ratio.toFixed(2)} ×` : '',
  row.target === undefined ? '' : row.yardstick ? `${row.target} ×` : `${number(row.target)} ${row.unit}`,
  row.meets === undefined ? '' : row.meets ? 'yes' : 'no',
  [row.yardstick?.name, row.note].filter(Boolean).join('; '),
];

const heading = ['what', 'ours', 'yardstick', 'ratio', 'target', 'met', 'yardstick and notes'];

/** Plain columns. */
export function table(rows: Row[]): string {
  const lines = rows.length > 1 ? [heading, ...rows.map(cells)] : rows.map(cells);
  const widths = heading.map((_, c) => Math.max(...lines.map((line) => line[c].length)));
  return (
    lines
      .map((line) =>
        line
          .map((cell, c) => cell.padEnd(widths[c]))
          .join('  ')
          .trimEnd(),
      )
      .join('\n') + '\n'
  );
}

/** The figures of one group, and what they were measured on. */
export interface Measured {
  /** Day. */
  measured: string;
  machine: string;
  /** Load average over the minute before: a busy machine's times are long and its ratios uncertain. */
  load: number;
  versions: Record<string, string>;
  rows: Row[];
}

interface Results {
  schema: 1;
  groups: Record<string, Measured>;
}

const jsonPath = 'docs/benchmarks.json';
const pagePath = 'docs/BENCHMARKS.md';

/** Replaces one group's figures in the committed results, and writes the page again from all of them. */
export async function writeResults(group: string, measured: Measured): Promise<void> {
  const results = await readFile(jsonPath, 'utf8').then(
    (text) => JSON.parse(text) as Results,
    (): Results => ({ schema: 1, groups: {} }),
  );
  results.groups[group] = measured;
  await mkdir('docs', { recursive: true });
  await writeFile(jsonPath, await format(JSON.stringify(results), { parser: 'json', printWidth: 110 }));
  await writeFile(pagePath, await format(page(results), { parser: 'markdown', printWidth: 110 }));
}

function page({ groups }: Results): string {
  const row = (line: string[]) => `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const sections = Object.entries(groups).map(([name, { measured, machine, load, versions, rows }]) =>
    [
      `## ${name}`,
      `Measured ${measured} on ${machine}, load average ${load.toFixed(1)}; ${Object.entries(versions)
        .map(([k, v]) => `${k} ${v}`)
        .join(', ')}.`,
      [row(heading), row(heading.map(() => '---')), ...rows.map((r) => row(cells(r)))].join('\n'),
    ].join('\n\n'),
  );
  return [
    '# Benchmarks',
    'Written by `npm run bench -- --write` from `benchmarks.json`; nothing here is typed by hand. Candidates run in turn in one process and the figures are medians. A ratio above 1 means that ours is better.',
    ...sections,
  ].join('\n\n');
}
