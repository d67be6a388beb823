/** Reader of `fashion_image_text` and, for more training items, `clothing_cc0_image`. The photographs are for training only. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'jpeg-js';
import { UserError } from '../../math/errors';
import type { Picture } from '../../encoders/image';
import type { Split } from './digits';
import { readTable } from './table';

export const garments = [
  'Belts',
  'Casual Shoes',
  'Flip Flops',
  'Formal Shoes',
  'Handbags',
  'Heels',
  'Kurtas',
  'Sandals',
  'Shirts',
  'Sports Shoes',
  'Sunglasses',
  'Sweaters',
  'Sweatshirts',
  'Tops',
  'Trousers',
  'Tshirts',
  'Wallets',
  'Watches',
] as const;
export type Garment = (typeof garments)[number];

export const attributeNames = [
  'masterCategory',
  'subCategory',
  'baseColour',
  'gender',
  'season',
  'usage',
] as const;
export type Attributes = Record<(typeof attributeNames)[number], string>;

export interface FashionItem {
  id: string;
  /** Index into `garments`. */
  label: number;
  /** The item itself: the unit of a bootstrap. */
  unit: string;
  split: Split;
  /** The title without the words that name the type. */
  text: string;
  attributes: Attributes;
  /** Path of the photograph, a JPEG. */
  image: string;
}

const names: Record<string, Split> = { train: 'train', val: 'validation', test: 'test' };

const folderOf = (dataDir: string, name: string): string => {
  const inside = join(dataDir, name);
  return existsSync(inside) ? inside : dataDir;
};

const columns = ['file', 'id', 'label', 'text', 'split', ...attributeNames] as const;

/** @param splits only these are kept @throws UserError where the folder is not this data set, or lacks a photograph */
export function readFashion(dataDir: string, splits: Split[]): FashionItem[] {
  const folder = folderOf(dataDir, 'fashion_image_text');
  const path = join(folder, 'items.tsv');
  return readTable(path, columns).flatMap(({ file, id, label, text, split, ...attributes }) => {
    const at = garments.indexOf(label as Garment);
    if (at < 0 || !names[split]) throw new UserError(`${path}: ${id} has a type or split that is not known.`);
    if (!splits.includes(names[split])) return [];
    const image = photograph(folder, file, path);
    return [{ id, label: at, unit: id, split: names[split], text, attributes, image }];
  });
}

function photograph(folder: string, file: string, table: string): string {
  const path = join(folder, file);
  if (!existsSync(path)) throw new UserError(`${path} is missing: ${table} names it.`);
  return path;
}

export interface ExtraPhotograph {
  image: string;
  /** Indices into `garments`: it is one of these. */
  labels: number[];
}

export interface ExtraTitle {
  text: string;
  /** Index into `garments`; null where its type is none of the 18. */
  label: number | null;
}

/** The ten types of `clothing_cc0_image` that are, or that cover, types of ours. */
const covered: Record<string, Garment[]> = {
  'T-shirt': ['Tshirts'],
  Shirt: ['Shirts'],
  Trousers: ['Trousers'],
  Sweatshirt: ['Sweatshirts'],
  Shoes: ['Casual Shoes', 'Formal Shoes', 'Sports Shoes'],
};

/** Training photographs that many people took, of types that ours have; none if the folder is not there. */
export function readExtraPhotographs(dataDir: string): ExtraPhotograph[] {
  const folder = join(dataDir, 'clothing_cc0_image');
  if (!existsSync(folder)) return [];
  const path = join(folder, 'images.tsv');
  return readTable(path, ['file', 'label', 'split']).flatMap(({ file, label, split }) => {
    if (split !== 'train' || !covered[label]) return [];
    const labels = covered[label].map((name) => garments.indexOf(name));
    return [{ image: photograph(folder, file, path), labels }];
  });
}

/**
 * Training titles of other items, without the words that name the type; none if the folder is not there. A title that
 * reads like one of ours that validates or tests is left out.
 */
export function readExtraTitles(dataDir: string): ExtraTitle[] {
  const path = join(dataDir, 'clothing_cc0_image', 'titles.tsv');
  if (!existsSync(path)) return [];
  const ours = readTable(join(folderOf(dataDir, 'fashion_image_text'), 'items.tsv'), ['id', 'text', 'split']);
  const known = new Set(ours.map(({ id }) => id));
  const held = new Set(ours.filter(({ split }) => split !== 'train').map(({ text }) => text.toLowerCase()));
  return readTable(path, ['text', 'source_label', 'id', 'split']).flatMap((row) => {
    if (row.split !== 'train' || known.has(row.id) || held.has(row.text.toLowerCase())) return [];
    const label = garments.indexOf(row.source_label as Garment);
    return [{ text: row.text, label: label < 0 ? null : label }];
  });
}

/** The pixels of a JPEG, RGBA. @throws UserError where it is missing or damaged */
export function readPhotograph(path: string): Picture {
  try {
    const { width, height, data } = decode(readFileSync(path), { useTArray: true, tolerantDecoding: false });
    return { width, height, data };
  } catch (error) {
    throw new UserError(
      `${path} cannot be read as a JPEG (${(error as Error).message}): restore it from the data set.`,
    );
  }
}
