/** Colours of data. Scores: viridis. Gains: brown to teal around zero (BrBG). Frequencies: panel grey to ink. */
import { interpolateBrBG, interpolateRgbBasis, interpolateViridis, rgb, ticks as niceTicks } from 'd3';

export interface ColourScale {
  lo: number;
  hi: number;
  /** Values beyond an end take its colour, and the end is labelled ≤ or ≥. */
  beyondLo: boolean;
  beyondHi: boolean;
  ticks: number[];
  colour(value: number): string;
}

/** BrBG with its middle at the dark panel's lightness, so that no gain is dark on dark as it is light on light. */
const brbgDark = interpolateRgbBasis([
  '#f0c27e',
  '#c58a3c',
  '#8a5d22',
  '#4a371d',
  '#24292c',
  '#173f3b',
  '#1f6e66',
  '#3da597',
  '#9be5d8',
]);
const frequencyLight = interpolateRgbBasis(['#eceeed', '#c9d1d3', '#93a3a8', '#55696f', '#1d2c32']);
const frequencyDark = interpolateRgbBasis(['#20262a', '#3a464c', '#65757c', '#9badb4', '#dfe9ec']);

const clamp01 = (t: number): number => Math.min(1, Math.max(0, t));
const defined = (values: ArrayLike<number>): number[] => Array.from(values).filter(Number.isFinite);

/** Colour of a selection frequency 0..1. */
export const frequencyColour = (share: number, dark: boolean): string =>
  (dark ? frequencyDark : frequencyLight)(clamp01(share));

/** Ends on ticks, at least `minSpan` apart: a flat matrix shall look flat, not noisy. */
function niceEnds(lo: number, hi: number, minSpan: number): [number, number, number[]] {
  const missing = Math.max(0, minSpan - (hi - lo)) / 2;
  const inside = niceTicks(lo - missing, hi + missing, 6);
  const step = inside.length > 1 ? inside[1] - inside[0] : minSpan || 1;
  const from = Math.floor((lo - missing) / step + 1e-9) * step;
  const to = Math.ceil((hi + missing) / step - 1e-9) * step;
  return [from, to, niceTicks(from, to, 6)];
}

/** Viridis over the range of the values, its bright end the better one. NaN values are left out. */
export function sequentialScale(
  values: ArrayLike<number>,
  minSpan: number,
  lowerIsBetter = false,
): ColourScale {
  const finite = defined(values);
  const [lo, hi, ticks] = finite.length
    ? niceEnds(Math.min(...finite), Math.max(...finite), minSpan)
    : [0, 1, [0, 0.5, 1]];
  return {
    lo,
    hi,
    ticks,
    beyondLo: false,
    beyondHi: false,
    colour: (value) => {
      const t = clamp01((value - lo) / (hi - lo));
      return interpolateViridis(lowerIsBetter ? 1 - t : t);
    },
  };
}

/** Fixed ends, for probabilities: 0..1 whatever the sample. */
export const probabilityScale = (): ColourScale => ({
  lo: 0,
  hi: 1,
  ticks: [0, 0.25, 0.5, 0.75, 1],
  beyondLo: false,
  beyondHi: false,
  colour: (value) => interpolateViridis(clamp01(value)),
});

/** Symmetric around zero, teal the better side; a twentieth of the values on the far side may lie beyond the ends. */
export function divergingScale(
  values: ArrayLike<number>,
  minSpan: number,
  dark: boolean,
  lowerIsBetter = false,
): ColourScale {
  const finite = defined(values);
  const sizes = finite.map(Math.abs).sort((a, b) => a - b);
  const reach = sizes.length ? sizes[Math.ceil(0.95 * sizes.length) - 1] : minSpan;
  const [, hi, ticks] = niceEnds(-Math.max(reach, minSpan), Math.max(reach, minSpan), 0);
  const ramp = dark ? brbgDark : interpolateBrBG;
  return {
    lo: -hi,
    hi,
    ticks,
    beyondLo: finite.some((v) => v < -hi),
    beyondHi: finite.some((v) => v > hi),
    colour: (value) => ramp(clamp01(((lowerIsBetter ? -value : value) + hi) / (2 * hi))),
  };
}

/** Relative luminance of WCAG 2.2. */
export function luminance(colour: string): number {
  const { r, g, b } = rgb(colour);
  const [lr, lg, lb] = [r, g, b].map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * lr + 0.7152 * lg + 0.0722 * lb;
}

/** Black, not the page's ink: with anything lighter some mid colour has no ink at 4.5 : 1. */
const DARK_INK = '#000000';
const LIGHT_INK = '#ffffff';

/** Contrast ratio of WCAG 2.2, 1..21. */
export function contrast(one: string, other: string): number {
  const [hi, lo] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (hi + 0.05) / (lo + 0.05);
}

/** The ink that reads better on a colour: at least 4.5 : 1 on every colour there is. */
export const inkOn = (colour: string): string =>
  contrast(colour, DARK_INK) >= contrast(colour, LIGHT_INK) ? DARK_INK : LIGHT_INK;
