/** Which row of one file is which row of another: by id where both have ids, else by order. */
import { UserError } from '../../math/errors';
import { columnNames, type ColumnName, type Columns } from './columns';

export interface AllColumns {
  a: Columns;
  b: Columns;
  table: Columns | null;
}

/** How many samples a side's file has. */
export interface Counted {
  file: string;
  samples: number;
}

/** The samples of the study: those of A in their order; for each, its place in B's file and in the table. */
export interface Order {
  n: number;
  rowsA: Int32Array;
  rowsB: Int32Array;
  rowsTable: Int32Array;
}

export function orderOf(a: Counted, b: Counted, columns: AllColumns): Order {
  const [countA, countB] = [a.samples, b.samples];
  const check = (own: Columns, count: number): void => {
    for (const name of columnNames) {
      const values = own[name];
      if (values && values.length !== count)
        throw new UserError(
          `In the file ${own.file} the ${name} are ${values.length} and the samples ${count}; give one for each sample.`,
          `${own.file}: ${name}`,
        );
    }
    if (own.ids) unique(own.ids, own.file);
  };
  check(columns.a, countA);
  check(columns.b, countB);
  const { table } = columns;
  if (table?.ids) unique(table.ids, table.file);
  const own = Int32Array.from({ length: countA }, (_, s) => s);
  const base = columns.a.ids;
  let rowsB: Int32Array = own;
  if (base && columns.b.ids) rowsB = match(base, columns.b.ids, a.file, b.file);
  else if (countA !== countB)
    throw new UserError(
      `${a.file} has ${countA} samples and ${b.file} has ${countB}: give both the same samples in the same order, or an array "ids" in each.`,
      b.file,
    );
  let rowsTable: Int32Array = own;
  if (table) {
    const idsOfData = base ?? columns.b.ids;
    if (table.ids && idsOfData) {
      const inOrderOfA = base ? idsOfData : Array.from(rowsB, (row) => idsOfData[row]);
      rowsTable = match(inOrderOfA, table.ids, base ? a.file : b.file, table.file);
    } else if (table.labels!.length !== countA)
      throw new UserError(
        `The table ${table.file} has ${table.labels!.length} rows and ${a.file} has ${countA} samples; give one row for each sample.`,
        table.file,
      );
  }
  return { n: countA, rowsA: own, rowsB, rowsTable };
}

function unique(ids: string[], file: string): void {
  const seen = new Map<string, number>();
  ids.forEach((id, s) => {
    const before = seen.get(id);
    if (before !== undefined)
      throw new UserError(
        `In the file ${file} the id ${JSON.stringify(id.slice(0, 80))} stands at samples ${before + 1} and ${s + 1}; ids must differ.`,
        `${file}: ids`,
      );
    if (id.includes('\n'))
      throw new UserError(
        `In the file ${file} the id of sample ${s + 1} holds a line break.`,
        `${file}: ids`,
      );
    seen.set(id, s);
  });
}

/** Where each of `ids` stands in `among`. Both are unique, so equal counts make it one to one. */
function match(ids: string[], among: string[], file: string, other: string): Int32Array {
  const places = new Map(among.map((id, row) => [id, row]));
  const rows = Int32Array.from(ids, (id) => places.get(id) ?? -1);
  const missing = rows.indexOf(-1);
  if (missing >= 0)
    throw new UserError(
      `The sample ${JSON.stringify(ids[missing].slice(0, 80))} of ${file} is not in ${other}; every sample needs both.`,
      `${other}: ids`,
    );
  if (ids.length !== among.length)
    throw new UserError(
      `${other} has ${among.length} ids and ${file} has ${ids.length}; give both the same samples.`,
      `${other}: ids`,
    );
  return rows;
}

/** Each column in the order of the study; where several files have it, they must agree. */
export function gatherColumns(
  columns: AllColumns,
  order: Order,
): Partial<Record<ColumnName, { values: string[]; file: string }>> {
  const out: Partial<Record<ColumnName, { values: string[]; file: string }>> = {};
  const sources: [Columns | null, Int32Array][] = [
    [columns.table, order.rowsTable],
    [columns.a, order.rowsA],
    [columns.b, order.rowsB],
  ];
  for (const name of columnNames)
    for (const [source, rows] of sources) {
      const given = source?.[name];
      if (!source || !given) continue;
      const values = Array.from(rows, (row) => given[row]);
      const before = out[name];
      if (!before) {
        out[name] = { values, file: source.file };
        continue;
      }
      const differs = values.findIndex((value, s) => value !== before.values[s]);
      if (differs >= 0 && before.file !== source.file)
        throw new UserError(
          `The ${name} of ${before.file} and ${source.file} differ at sample ${differs + 1} (${JSON.stringify(before.values[differs].slice(0, 40))} and ${JSON.stringify(values[differs].slice(0, 40))}); give them once, or the same.`,
          `${source.file}: ${name}`,
        );
    }
  return out;
}
