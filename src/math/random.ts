/** Seeded pseudo-random numbers: the same seed gives the same sequence on every machine. */

/** Uniform on [0, 1), in steps of 2⁻³². */
export type Random = () => number;

/** Anything that names a stream: seeds, names, counters. */
export type Seed = number | string;

/**
 * sfc32 (C. Doty-Humphrey, PractRand): 128 bits of state, expected period 2¹²⁷.
 * Several parts make independent streams of one seed: `seededRandom(seed, 'weights', layer)`.
 */
export function seededRandom(...parts: Seed[]): Random {
  let a = mixSeed(1, ...parts);
  let b = mixSeed(2, ...parts);
  let c = mixSeed(3, ...parts);
  let counter = 1;
  const next = () => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** One 32-bit seed from several integers and words (the finaliser of MurmurHash3 over each), order included. */
export function mixSeed(...parts: Seed[]): number {
  let h = 0x9e3779b9;
  const mix = (part: number) => {
    h = Math.imul(h ^ part, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
  };
  for (const part of parts) {
    if (typeof part === 'number') mix(part);
    else {
      for (let i = 0; i < part.length; i++) mix(part.charCodeAt(i));
      mix(part.length);
    }
  }
  return h | 0;
}

/** Standard normal by Box and Muller (1958). */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Uniform integer in 0 … below − 1. */
export const integer = (random: Random, below: number): number => Math.floor(random() * below);

/** One of the items, each as likely. */
export function choice<T>(items: ArrayLike<T>, random: Random): T {
  if (items.length === 0) throw new RangeError('Nothing to choose from.');
  return items[integer(random, items.length)];
}

/** In place, Fisher–Yates. */
export function shuffle<T extends { length: number; [index: number]: unknown }>(items: T, random: Random): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = integer(random, i + 1);
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}

/** 0 … n − 1 in random order. */
export const permutation = (n: number, random: Random): Uint32Array =>
  shuffle(
    Uint32Array.from({ length: n }, (_, i) => i),
    random,
  );
