/** From a person's files to samples with states on both sides, labels, groups: everything checked, nothing believed. */
import { UserError } from '../../math/errors';
import { sha256 } from '../integrity';
import { readArrays, type ArrayFile, type GivenFile, type NamedArray } from './arrays';
import { classNamesOf, columnsOfArrays, columnsOfTable } from './columns';
import { readLabels, type Labels, type Target, type TargetChoice } from './labels';
import { gatherColumns, orderOf } from './match';
import type { SideDescription, SplitIndex } from './settings';

/** Which array of which file one side is; left out, the only one that can be it. */
export interface SideChoice {
  file: GivenFile;
  array?: string;
  label?: string;
}

/** Layer states of one side. */
export interface StudySide {
  about: SideDescription;
  /** [samples of the file, layers, width] as given. */
  states: Float32Array;
  /** [n] where each sample of the study is in the file. */
  rows: Int32Array;
}

export interface StudyData {
  n: number;
  a: StudySide;
  b: StudySide;
  ids: string[];
  classes: string[];
  labels: Uint8Array;
  /** Where the target is a number, as `Labels` has it. */
  numbers: Labels['numbers'];
  /** Which targets the labels could be. */
  possible: Target[];
  /** One a sample; null where every sample is its own. */
  groups: string[] | null;
  groupName: string | null;
  /** Where the files say it. */
  split: SplitIndex[] | null;
  /** Sentences about what is odd and not wrong. */
  notes: string[];
}

const maxLayers = 48;

/**
 * @param table a CSV of labels, ids, groups, split
 * @throws UserError naming the file and the field
 */
export async function readStudy(
  a: SideChoice,
  b: SideChoice,
  table?: GivenFile,
  target: TargetChoice = 'auto',
): Promise<StudyData> {
  const files = { a: readArrays(a.file), b: a.file === b.file ? null : readArrays(b.file) };
  const ofB = files.b ?? files.a;
  const chosen = chooseArrays(files.a, ofB, a.array, b.array);
  const notes: string[] = [];
  const hashA = await sha256(a.file.bytes);
  const sides = {
    a: sideOf(files.a, chosen.a, a.label, hashA, notes),
    b: sideOf(ofB, chosen.b, b.label, a.file === b.file ? hashA : await sha256(b.file.bytes), notes),
  };
  if (sides.a.about.label === sides.b.about.label) {
    sides.a.about.label += ' (A)';
    sides.b.about.label += ' (B)';
  }
  const columns = {
    a: columnsOfArrays(files.a),
    b: files.b ? columnsOfArrays(files.b) : columnsOfArrays(files.a),
    table: table ? columnsOfTable(table) : null,
  };
  const order = orderOf(
    { file: a.file.name, samples: chosen.a.shape[0] },
    { file: b.file.name, samples: chosen.b.shape[0] },
    columns,
  );
  const gathered = gatherColumns(columns, order);
  if (!gathered.labels)
    throw new UserError(
      `No labels were found: put an array "labels" of length ${order.n} into ${a.file.name}, or give a CSV with a column "label".`,
      `${a.file.name}: labels`,
    );
  const names = classNamesOf(files.a) ?? (files.b ? classNamesOf(files.b) : null);
  const { values, file: labelled } = gathered.labels;
  const { classes, labels, numbers, possible } = readLabels(values, names, labelled, target);
  return {
    n: order.n,
    a: { ...sides.a, rows: order.rowsA },
    b: { ...sides.b, rows: order.rowsB },
    ids: gathered.ids?.values ?? Array.from({ length: order.n }, (_, s) => String(s + 1)),
    classes,
    labels,
    numbers,
    possible,
    groups: gathered.groups?.values ?? null,
    groupName: gathered.groups
      ? (columns.table?.groupName ?? columns.a.groupName ?? columns.b.groupName ?? 'group')
      : null,
    split: gathered.split
      ? gathered.split.values.map((name, s) => splitOf(name, s, gathered.split!.file))
      : null,
    notes,
  };
}

const shapeText = (shape: readonly number[]): string => `(${shape.join(', ')})`;

function chooseArrays(
  fileA: ArrayFile,
  fileB: ArrayFile,
  nameA?: string,
  nameB?: string,
): { a: NamedArray; b: NamedArray } {
  const candidates = (file: ArrayFile) => file.arrays.filter(({ shape }) => shape.length === 3);
  const pick = (file: ArrayFile, name: string | undefined, side: 'a' | 'b'): NamedArray => {
    const all = candidates(file);
    const listed = file.arrays
      .map((array) => `${array.name} ${shapeText(array.shape)}`)
      .join(', ')
      .slice(0, 300);
    if (name !== undefined) {
      const found = file.arrays.find((array) => array.name === name);
      if (!found)
        throw new UserError(
          `The file ${file.name} has no array "${name}"; it has ${listed || 'none'}.`,
          file.name,
        );
      return found;
    }
    if (all.length === 0)
      throw new UserError(
        `The file ${file.name} holds no array of three axes, samples × layers × width (it has ${listed || 'none'}); stack the layers' pooled states on axis 1.`,
        file.name,
      );
    if (all.length === 1 && fileA !== fileB) return all[0];
    if (fileA === fileB) {
      const own = all.find((array) => array.name.toLowerCase() === side);
      if (own) return own;
      // one file with exactly two modalities: in the order of their names
      if (all.length === 2) return [...all].sort((x, y) => (x.name < y.name ? -1 : 1))[side === 'a' ? 0 : 1];
    }
    const usual = all.filter((array) => /^(states|features|hidden_states)$/i.test(array.name));
    if (usual.length === 1 && fileA !== fileB) return usual[0];
    throw new UserError(
      fileA === fileB
        ? `The file ${file.name} is to hold two arrays of three axes, one a modality, and holds ${all.length} (${listed}); call them "a" and "b", or give a second file.`
        : `The file ${file.name} holds ${all.length} arrays of three axes (${listed}); say which one, as in ${file.name}:${all[0].name}.`,
      file.name,
    );
  };
  return { a: pick(fileA, nameA, 'a'), b: pick(fileB, nameB, 'b') };
}

function sideOf(
  file: ArrayFile,
  array: NamedArray,
  label: string | undefined,
  hash: string,
  notes: string[],
): Omit<StudySide, 'rows'> {
  const field = `${file.name}: ${array.name}`;
  const fail = (problem: string): never => {
    throw new UserError(`In the file ${file.name} the array ${array.name} ${problem}.`, field);
  };
  const [samples, layers, width] = array.shape;
  if (array.shape.length !== 3)
    fail(`has shape ${shapeText(array.shape)}; it needs three axes: samples, layers, width`);
  if (samples < 1 || width < 1) fail(`is empty: its shape is ${shapeText(array.shape)}`);
  if (layers < 1 || layers > maxLayers)
    fail(
      `has ${layers} layers on its second axis, where 1 to ${maxLayers} are possible` +
        (samples <= maxLayers ? '; its first two axes seem exchanged: samples come first' : ''),
    );
  const states = array.floats();
  checkStates(states, layers, width, fail, notes, field);
  const stem = file.name.replace(/\.[^.]*$/, '');
  return {
    about: {
      label: label ?? (/^(a|b|states|features|hidden_states)$/i.test(array.name) ? stem : array.name),
      file: file.name,
      array: array.name,
      dtype: array.dtype,
      layers,
      width,
      sha256: hash,
    },
    states,
  };
}

/** Every value a number; a layer that never varies says nothing. */
function checkStates(
  states: Float32Array,
  layers: number,
  width: number,
  fail: (problem: string) => never,
  notes: string[],
  field: string,
): void {
  const size = layers * width;
  const samples = states.length / size;
  const constant = new Uint8Array(size).fill(1);
  let varying = 0;
  for (let s = 0; s < samples; s++) {
    const from = s * size;
    for (let i = 0; i < size; i++) {
      const value = states[from + i];
      if (!(value - value === 0))
        fail(
          `holds ${Number.isNaN(value) ? 'a value that is no number (NaN)' : 'an infinite value'} at sample ${s + 1}, layer ${Math.floor(i / width) + 1}, column ${(i % width) + 1}; compute it again in a wider type, or leave the sample out`,
        );
      if (constant[i] && value !== states[i]) {
        constant[i] = 0;
        varying++;
      }
    }
  }
  if (varying === size) return;
  for (let layer = 0; layer < layers; layer++)
    if (constant.subarray(layer * width, (layer + 1) * width).every(Boolean))
      fail(`is constant in layer ${layer + 1}: all samples have the same state there`);
  notes.push(`${field}: ${size - varying} of ${size} columns never vary; they are centred and say nothing.`);
}

const splitWords: [RegExp, SplitIndex][] = [
  [/^(train|training|tr|0)$/i, 0],
  [/^(valid|validation|val|dev|development|1)$/i, 1],
  [/^(test|testing|eval|evaluation|2)$/i, 2],
];

function splitOf(text: string, sample: number, file: string): SplitIndex {
  const found = splitWords.find(([word]) => word.test(text.trim()));
  if (!found)
    throw new UserError(
      `In ${file} the split of sample ${sample + 1} is ${JSON.stringify(text.slice(0, 40))}; use train, validation or test.`,
      `${file}: split`,
    );
  return found[1];
}
