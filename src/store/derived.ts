/** Selectors that compute: the same pieces of state give the same object, so React renders only what changed. */
import type { AppState } from './state';

/**
 * @param parts the pieces that the result depends on
 * @param compute the result; runs again only when a piece is another object or value
 */
export function derived<const P extends readonly unknown[], T>(
  parts: (state: AppState) => P,
  compute: (...parts: P) => T,
): (state: AppState) => T {
  let last: { parts: P; value: T } | null = null;
  return (state) => {
    const now = parts(state);
    if (!last || now.some((part, p) => !Object.is(part, last!.parts[p])))
      last = { parts: now, value: compute(...now) };
    return last.value;
  };
}
