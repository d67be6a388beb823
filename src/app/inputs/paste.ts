/** Files from the clipboard. Pasted text stays with the field that has the focus. */
import { useEffect, useRef } from 'react';
import type { ModalityKind } from '../../packs/schema';
import { useSide, type Side } from './side';

/** The side that has the focus, else the first that takes the file's kind, else one that may take it. */
export function pasteSide(
  file: Pick<File, 'type'>,
  focused: string | undefined,
  kinds: Partial<Record<Side, ModalityKind>>,
): Side {
  if (focused === 'a' || focused === 'b') return focused;
  const taking = (['a', 'b'] as const).find((side) => kinds[side] && file.type.startsWith(`${kinds[side]}/`));
  return taking ?? (kinds.b === 'audio' ? 'b' : 'a');
}

/** Gives a panel what is pasted for its side. */
export function usePastedFiles(own: Side, give: (file: File) => void): void {
  const [a, b] = [useSide('a')?.kind, useSide('b')?.kind];
  const latest = useRef(give);
  useEffect(() => {
    latest.current = give;
  });
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const [file] = event.clipboardData?.files ?? [];
      if (!file) return;
      event.preventDefault();
      const focused = document.activeElement?.closest<HTMLElement>('[data-side]')?.dataset.side;
      if (pasteSide(file, focused, { a, b }) === own) latest.current(file);
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, [own, a, b]);
}
