/** The examples that the project made itself: their list, and how one becomes an input. */
import type { ModalityInput } from '../../engine/protocol';
import { UserError } from '../../math/errors';
import type { Drawing } from '../../media/strokes';
import { parseWav } from '../../media/wav';
import type { ModalityKind } from '../../packs/schema';

export type ExampleKind = 'drawing' | 'audio' | 'text' | 'image';

/** Which kind of example a modality takes. */
export const exampleKinds: Partial<Record<ModalityKind, ExampleKind>> = {
  video: 'drawing',
  audio: 'audio',
  text: 'text',
  image: 'image',
};

export interface ExampleEntry {
  id: string;
  kind: ExampleKind;
  /** Which packs it is an example for. */
  packs: string[];
  /** Only for this modality of the pack; for any of its kind where absent. */
  modality?: string;
  /** The pack's name of its class. */
  class: string;
  /** "four" */
  label: string;
  /** What tells it from others of its class: a hand, a voice. */
  set: string;
  /** Beside index.json. */
  file?: string;
  /** Which drawing of the file. */
  key?: string;
  text?: string;
  /** The id of the other side's example that belongs to it, in packs whose pairs are true. */
  partner?: string;
}

export interface ExampleIndex {
  schema: 1;
  /** How the examples of a kind were made, or of a kind in one pack ("emotion audio"): shown wherever one is in use. */
  notes: Record<string, string | undefined>;
  examples: ExampleEntry[];
}

/** Where a file of the examples is. */
export const exampleUrl = (file: string): string => base + file;

const base = `${import.meta.env?.BASE_URL ?? './'}examples/`;

async function fetchFile(file: string): Promise<Response> {
  const response = await fetch(exampleUrl(file)).catch(() => null);
  if (!response?.ok)
    throw new UserError('The example could not be loaded: check the connection, or give your own.');
  return response;
}

let index: Promise<ExampleIndex> | null = null;
const drawings = new Map<string, Promise<Record<string, number[][]>>>();

/** The list, fetched once; a failure is not kept. */
export function exampleIndex(): Promise<ExampleIndex> {
  index ??= fetchFile('index.json')
    .then((response) => response.json() as Promise<ExampleIndex>)
    .catch((error: unknown) => {
      index = null;
      throw error;
    });
  return index;
}

/** Strokes from the flat x, y, t of drawings.json (x and y in 1/250 of a box), in the middle of the pad's 100 × 100. */
export const unpackStrokes = (flat: number[][]): Drawing => ({
  strokes: flat.map((stroke) =>
    Array.from({ length: Math.floor(stroke.length / 3) }, (_, n) => ({
      x: 10 + (80 * stroke[3 * n]) / 250,
      y: 10 + (80 * stroke[3 * n + 1]) / 250,
      t: stroke[3 * n + 2],
    })),
  ),
});

async function loadDrawing(file: string, key: string): Promise<Drawing> {
  let all = drawings.get(file);
  if (!all) {
    all = fetchFile(file).then((response) => response.json() as Promise<Record<string, number[][]>>);
    drawings.set(file, all);
    all.catch(() => drawings.delete(file));
  }
  return unpackStrokes((await all)[key]);
}

/** @throws UserError where its file cannot be fetched */
export async function loadExample(entry: ExampleEntry): Promise<ModalityInput> {
  switch (entry.kind) {
    case 'drawing':
      return { kind: 'drawing', drawing: await loadDrawing(entry.file ?? '', entry.key ?? '') };
    case 'audio': {
      const bytes = new Uint8Array(await (await fetchFile(entry.file ?? '')).arrayBuffer());
      return { kind: 'audio', ...parseWav(bytes) };
    }
    case 'text':
      return { kind: 'text', text: entry.text ?? '' };
    case 'image': {
      const { readImageFile } = await import('../../media/browser/image-file');
      const blob = await (await fetchFile(entry.file ?? '')).blob();
      const { pixels, width, height } = await readImageFile(blob, entry.label);
      return { kind: 'image', pixels, width, height };
    }
  }
}

/** How an entry was made: "synthesised with espeak-ng". */
export const noteOf = ({ kind, packs }: ExampleEntry, { notes }: ExampleIndex): string | undefined =>
  notes[`${packs[0]} ${kind}`] ?? notes[kind];

/** "example: four, synthesised with espeak-ng" */
export function exampleName(entry: ExampleEntry, index: ExampleIndex): string {
  const note = noteOf(entry, index);
  return `example: ${entry.label}${note ? `, ${note}` : ''}`;
}

/** Those for one side of a pack. */
export const examplesFor = (
  { examples }: ExampleIndex,
  pack: string,
  kind: ExampleKind,
  modality: string,
): ExampleEntry[] =>
  examples.filter(
    (e) => e.kind === kind && e.packs.includes(pack) && (e.modality === undefined || e.modality === modality),
  );

/** What one side takes, by the other side's entry: its partner, else one of its class. */
export const companion = (entry: ExampleEntry, others: ExampleEntry[]): ExampleEntry | undefined =>
  others.find(({ id }) => id === entry.partner) ?? others.find((other) => other.class === entry.class);
