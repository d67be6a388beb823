import { canBeGiven } from '../store/models';
import type { scene } from '../store/selectors';

/** What to give, where nothing is given: as the modalities of the pairing allow. */
export function asking({ a, b, pack, pairing }: NonNullable<ReturnType<typeof scene>>): string {
  const [nameA, nameB] = [a.label.toLowerCase(), b.label.toLowerCase()];
  const [own, other] = canBeGiven(a) ? [nameA, nameB] : [nameB, nameA];
  if (canBeGiven(a) && canBeGiven(b))
    return `Give ${nameA} and ${nameB}, or one of them, or take an example.`;
  if (canBeGiven(a) || canBeGiven(b))
    return `Give ${own}, or take an example: ${other} cannot be given here, and its training mean stands in its place.`;
  const shipped = pack.files.some((file) => file.role === 'sample-states' && file.pairing === pairing.id);
  return `Neither ${nameA} nor ${nameB} can be given here, so there is nothing to predict${
    shipped ? ' but an evaluation sample, which can be chosen on either side' : ''
  }. What the evaluation measured of them is shown all the same.`;
}
