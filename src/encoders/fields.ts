import { UserError } from '../math/errors';

/** Reads the fields of an untrusted JSON object, each with its bounds; every complaint names the file and the field. */
export class Fields {
  private readonly json: Record<string, unknown>;

  constructor(
    json: unknown,
    readonly file: string,
  ) {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new UserError(
        `The file ${file} is not a JSON object; take it from the model's folder again.`,
        file,
      );
    this.json = json as Record<string, unknown>;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.json, key) && this.json[key] !== null;
  }

  raw(key: string): unknown {
    return this.has(key) ? this.json[key] : undefined;
  }

  fail(key: string, needed: string): never {
    const found = JSON.stringify(this.raw(key)) ?? 'nothing';
    throw new UserError(
      `In ${this.file}, the field "${key}" is ${found.slice(0, 80)}; it has to be ${needed}.`,
      `${this.file}: ${key}`,
    );
  }

  number(key: string, fallback: number, least: number, most: number): number {
    const value = this.raw(key) ?? fallback;
    if (typeof value !== 'number' || !(value >= least && value <= most))
      this.fail(key, `a number from ${least} to ${most}`);
    return value as number;
  }

  /** A whole number; the bounds keep a hostile file from asking for unbounded memory. */
  count(key: string, fallback: number, most: number, least = 1): number {
    const value = this.raw(key) ?? fallback;
    if (!Number.isInteger(value) || !((value as number) >= least && (value as number) <= most))
      this.fail(key, `a whole number from ${least} to ${most}`);
    return value as number;
  }

  counts(key: string, fallback: number[], most: number): number[] {
    const value = this.raw(key) ?? fallback;
    if (
      !Array.isArray(value) ||
      value.length === 0 ||
      value.length > 64 ||
      !value.every((n) => Number.isInteger(n) && n >= 1 && n <= most)
    )
      this.fail(key, `a list of whole numbers from 1 to ${most}`);
    return value as number[];
  }

  numbers(key: string, fallback: number[], length: number): number[] {
    const value = this.raw(key) ?? fallback;
    if (
      !Array.isArray(value) ||
      value.length !== length ||
      !value.every((n) => typeof n === 'number' && Number.isFinite(n))
    )
      this.fail(key, `a list of ${length} numbers`);
    return value as number[];
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    if (typeof value !== 'boolean') this.fail(key, 'true or false');
    return value as boolean;
  }

  choice<T extends string>(key: string, fallback: T, choices: readonly T[]): T {
    const value = this.raw(key) ?? fallback;
    if (!choices.includes(value as T)) this.fail(key, `one of ${choices.join(', ')}`);
    return value as T;
  }
}
