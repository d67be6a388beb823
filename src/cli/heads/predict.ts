/** Predictions on a pack's pairs. The page evaluates studies with the same code. */
import type { Pairing } from '../../packs/schema';
import { evaluationPartners } from '../../packs/predictions';

export * from '../../packs/predictions';

/** Which sample of B each sample of A meets in a draw: its own partner where they are truly paired. */
export const partnersOf = (
  { paired, seed }: Pairing,
  labelsA: Uint8Array,
  labelsB: Uint8Array,
  draw: number,
): Int32Array =>
  paired === 'truly'
    ? Int32Array.from(labelsA, (_, s) => s)
    : evaluationPartners(labelsA, labelsB, seed + draw);

/** True pairs can be drawn in one way only. */
export const drawsOf = ({ paired }: Pairing, wanted: number): number => (paired === 'truly' ? 1 : wanted);

/** The unit of each pair, by the sample of A or of B. */
export const unitsOf = (
  of: 'a' | 'b',
  a: readonly { unit: string }[],
  b: readonly { unit: string }[],
  partners: Int32Array,
): string[] => a.map(({ unit }, s) => (of === 'a' ? unit : b[partners[s]].unit));

/** Units as numbers, in the order of their first appearance. */
export function unitNumbers(names: readonly string[]): Uint16Array {
  const known = new Map<string, number>();
  return Uint16Array.from(names, (name) => {
    if (!known.has(name)) known.set(name, known.size);
    return known.get(name)!;
  });
}
