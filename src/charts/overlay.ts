/** A map of signed numbers drawn over a picture in grey or colour: teal raises the score, brown lowers it. */

/** Ends of the diverging scale of the page (BrBG): what lowers, what raises. */
export const lowers = [140, 81, 10] as const;
export const raises = [1, 102, 94] as const;

/** The size at which the colour is full: the 99th percentile, so that one cell does not blank the rest. */
export function fullAt(values: ArrayLike<number>): number {
  const sizes = Float64Array.from(values, Math.abs).sort();
  return sizes.length ? sizes[Math.floor(0.99 * (sizes.length - 1))] || sizes[sizes.length - 1] : 0;
}

/**
 * @param rgb [n, 3] the picture below, 0..255
 * @param map [n] signed
 * @param full size of a value at which it covers the picture most
 * @returns [n, 4] opaque RGBA
 */
export function overlay(rgb: ArrayLike<number>, map: ArrayLike<number>, full: number): Uint8ClampedArray {
  const out = new Uint8ClampedArray(4 * map.length);
  for (let p = 0; p < map.length; p++) {
    const share = full > 0 ? 0.8 * Math.min(1, Math.abs(map[p]) / full) : 0;
    const colour = map[p] > 0 ? raises : lowers;
    for (let c = 0; c < 3; c++) out[4 * p + c] = (1 - share) * rgb[3 * p + c] + share * colour[c];
    out[4 * p + 3] = 255;
  }
  return out;
}
