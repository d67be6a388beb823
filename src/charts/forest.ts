/** Geometry of differences around zero, one below another in groups. */
import { scaleLinear } from 'd3';
import type { Interval } from './format';

export interface ForestRow {
  label: string;
  /** In lighter ink, after the label. */
  detail: string;
  difference: Interval;
}

export interface ForestGroup {
  name: string;
  rows: ForestRow[];
}

export const forestSizes = { head: 22, row: 20, foot: 40, left: 132, right: 12 } as const;

export const forestHeight = (groups: readonly ForestGroup[]): number =>
  groups.reduce((sum, { rows }) => sum + forestSizes.head + rows.length * forestSizes.row, 0) +
  forestSizes.foot;

/** Whether a difference is beyond its own interval: zero lies outside it. */
export const isBeyond = ({ lo, hi }: Interval): boolean => lo > 0 || hi < 0;

/** @param least the least reach to each side of zero, so that noise does not look large */
export function forestGeometry(groups: readonly ForestGroup[], width: number, least: number) {
  const ends = groups.flatMap(({ rows }) => rows.flatMap(({ difference: { lo, hi } }) => [lo, hi]));
  const x = scaleLinear(
    [Math.min(-least, ...ends), Math.max(least, ...ends)],
    [forestSizes.left, width - forestSizes.right],
  );
  let y = 0;
  const placed = groups.map(({ name, rows }) => {
    const head = y + 15;
    y += forestSizes.head;
    return {
      name,
      head,
      rows: rows.map((row) => {
        const at = y + forestSizes.row / 2;
        y += forestSizes.row;
        return {
          ...row,
          y: at,
          x: x(row.difference.value),
          lo: x(row.difference.lo),
          hi: x(row.difference.hi),
        };
      }),
    };
  });
  return { x, ticks: x.ticks(Math.max(3, Math.floor((width - forestSizes.left) / 80))), placed, foot: y };
}
