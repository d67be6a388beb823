import { useEffect, useRef, type RefObject } from 'react';

/** The nearest item in a direction: ahead, and with the least way aside. */
function neighbour(from: DOMRect, items: HTMLElement[], dx: number, dy: number): HTMLElement | null {
  const centre = (box: DOMRect) => [box.left + box.width / 2, box.top + box.height / 2];
  const [x, y] = centre(from);
  let best: HTMLElement | null = null;
  let bestCost = Infinity;
  for (const item of items) {
    const [ix, iy] = centre(item.getBoundingClientRect());
    const ahead = (ix - x) * dx + (iy - y) * dy;
    const aside = Math.abs((ix - x) * dy) + Math.abs((iy - y) * dx);
    if (ahead > 1 && ahead + 4 * aside < bestCost) [best, bestCost] = [item, ahead + 4 * aside];
  }
  return best;
}

/** One tab stop for a group of buttons, arrows between them as they lie on the screen. */
export function useRoving(selector: string): RefObject<HTMLDivElement | null> {
  const group = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = group.current;
    if (!element) return;
    const items = () => [...element.querySelectorAll<HTMLElement>(selector)];
    const stop = (item: HTMLElement | undefined) => {
      for (const other of items()) other.tabIndex = other === item ? 0 : -1;
    };
    stop(items()[0]);
    const onKeyDown = (event: KeyboardEvent) => {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!by || !(event.target instanceof HTMLElement)) return;
      event.preventDefault();
      neighbour(event.target.getBoundingClientRect(), items(), by[0], by[1])?.focus();
    };
    const onFocus = (event: FocusEvent) => event.target instanceof HTMLElement && stop(event.target);
    element.addEventListener('keydown', onKeyDown);
    element.addEventListener('focusin', onFocus);
    return () => {
      element.removeEventListener('keydown', onKeyDown);
      element.removeEventListener('focusin', onFocus);
    };
  });
  return group;
}
