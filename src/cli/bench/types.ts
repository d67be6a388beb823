/** What a benchmark gives: rows as `npm run bench -- --json` prints them. */

export interface Row {
  name: string;
  /** Null where it could not be measured here; `note` says why. */
  value: number | null;
  unit: string;
  yardstick?: { name: string; value: number };
  /** How many times better than the yardstick, or than the target where there is none; above 1 is better. */
  ratio?: number;
  /** The ratio that is asked for, or, where there is no yardstick, the value. */
  target?: number;
  meets?: boolean;
  note?: string;
}

export interface Group {
  name: string;
  about: string;
  /** @param report is called with each row as soon as it is there */
  run(report: (row: Row) => void): Promise<void>;
}

/** A time against a yardstick's time. */
export function faster(
  name: string,
  ms: number,
  yardstick: { name: string; value: number },
  target?: number,
  note?: string,
): Row {
  const ratio = yardstick.value / ms;
  return {
    name,
    value: ms,
    unit: 'ms',
    yardstick,
    ratio,
    target,
    meets: target === undefined ? undefined : ratio >= target,
    note,
  };
}

/** A quantity that must stay at or below its target. */
export const atMost = (name: string, value: number, unit: string, target: number, note?: string): Row => ({
  name,
  value,
  unit,
  ratio: target / value,
  target,
  meets: value <= target,
  note,
});

/** A quantity that must reach its target. */
export const atLeast = (name: string, value: number, unit: string, target: number, note?: string): Row => ({
  name,
  value,
  unit,
  ratio: value / target,
  target,
  meets: value >= target,
  note,
});
