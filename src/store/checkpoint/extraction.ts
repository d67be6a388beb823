/** Both encoders over all rows, one encoder after the other so that one is in memory; the page reads the files. */
import type { Engine } from '../../engine/engine';
import type { NamedBlob } from '../../engine/study/operations';
import type { CheckpointInput } from '../../engine/checkpoint/operations';
import { UserError } from '../../math/errors';
import { readMedia } from './media';
import type { CheckpointState, EncoderAbout, Extraction, Side } from './state';
import { fileFinder, identityOf, type SampleTable } from './table';

interface Rows {
  /** What each row's states depend on. */
  identities: string[];
  input(row: number): Promise<CheckpointInput>;
}

function rowsOf(
  { file, rows }: SampleTable,
  column: number,
  { takes, frames }: EncoderAbout,
  media: readonly NamedBlob[],
): Rows {
  const cells = rows.map((row) => row[column]);
  if (takes === 'text')
    return { identities: cells, input: async (row) => ({ kind: 'text', text: cells[row] }) };
  const find = fileFinder(media);
  const files = cells.map((cell, row) => {
    const found = find(cell);
    if (!found)
      throw new UserError(
        `Row ${row + 1} of ${file.name} names ${cell.trim() ? `the file ${cell.trim()}, which was not given` : 'no file'}: give it beside the table, or take the row out.`,
        file.name,
      );
    return found;
  });
  return {
    identities: files.map(identityOf),
    async input(row) {
      try {
        return await readMedia(takes, files[row], frames);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        throw new UserError(`Row ${row + 1} of ${file.name}: ${error.message}`, files[row].name);
      }
    },
  };
}

/** "bert.safetensors"; two of one name are told apart by their columns, then by their side. */
function namesOf(state: CheckpointState, table: SampleTable): Record<Side, string> {
  const name = (side: Side) => {
    const { encoder } = state[side];
    return encoder.state === 'ready' ? encoder.value.name : side;
  };
  const column = (side: Side) => `${name(side)}, ${table.header[state.columns[side] ?? 0]}`;
  const told = [
    { a: name('a'), b: name('b') },
    { a: column('a'), b: column('b') },
    { a: `${column('a')} (A)`, b: `${column('b')} (B)` },
  ].find(({ a, b }) => a !== b)!;
  return { a: `${told.a}.safetensors`, b: `${told.b}.safetensors` };
}

/**
 * @returns two files of layer states, and the table
 * @throws UserError naming the row, where one cannot be used; what was done before it is kept
 */
export async function extractSides(
  engine: Engine,
  state: () => CheckpointState,
  report: (extraction: Extraction) => void,
  signal: AbortSignal,
): Promise<NamedBlob[]> {
  const { table, columns, media } = state();
  if (table.state !== 'ready') throw new UserError('There is no table of samples yet: give one first.');
  const names = namesOf(state(), table.value);
  const sides = (['a', 'b'] as const).map((side) => {
    const { encoder, pooling } = state()[side];
    const column = columns[side];
    if (encoder.state !== 'ready' || column === null)
      throw new UserError(`Choose an encoder and a column for ${side.toUpperCase()} first.`);
    return { side, encoder: encoder.value, pooling, rows: rowsOf(table.value, column, encoder.value, media) };
  });
  const results: NamedBlob[] = [];
  for (const { side, encoder, pooling, rows } of sides) {
    const total = rows.identities.length;
    const now: Extraction = {
      side,
      stage: 'preparing the encoder',
      done: 0,
      total,
      found: 0,
      left: null,
      kept: false,
    };
    const say = (part: Partial<Extraction>) => report(Object.assign(now, part) && { ...now });
    say({});
    const { source } = encoder;
    const begun = await engine.call(
      'extractBegin',
      {
        source: source.kind === 'checkpoint' ? { kind: 'checkpoint', id: source.id } : source,
        pooling,
        rows: rows.identities,
        title: names[side].replace(/\.safetensors$/, ''),
      },
      {
        signal,
        onProgress: ({ stage, done, total: of }) =>
          say({ stage: `${stage}, ${Math.round((100 * done) / of)} %` }),
      },
    );
    const { key, done: found, kept } = begun;
    say({ stage: 'computing the states', done: found, found, kept });
    const begin = performance.now();
    let next = found < total ? rows.input(found) : null;
    for (let row = found; row < total; row++) {
      const input = await next!;
      signal.throwIfAborted();
      // the next file is read while this one is encoded
      next = row + 1 < total ? rows.input(row + 1) : null;
      next?.catch(() => undefined);
      await engine.call('extractRow', { key, row, input }, { signal });
      const done = row + 1;
      const seconds = (performance.now() - begin) / 1000;
      say({ done, left: done - found > 2 ? (seconds / (done - found)) * (total - done) : null });
    }
    results.push(await engine.call('extractEnd', { key, name: names[side] }, { signal }));
  }
  return [...results, table.value.file];
}
