import { useEffect } from 'react';
import type { ModalityKind } from '../../packs/schema';
import { canBeGiven } from '../../store/models';
import { useActions, useApp, useAppStore } from '../../store/react';
import { scene } from '../../store/selectors';
import { companion, exampleIndex, exampleKinds, exampleName, examplesFor, loadExample } from './examples';
import { readFile } from './files';
import { InputPanel } from './InputPanel';
import { useSide, type Side } from './side';
import './inputs.css';

/** A drop beside a panel would leave the page and lose everything. */
function useNoNavigationByDrop(): void {
  useEffect(() => {
    const stay = (event: globalThis.DragEvent) => event.preventDefault();
    window.addEventListener('dragover', stay);
    window.addEventListener('drop', stay);
    return () => {
      window.removeEventListener('dragover', stay);
      window.removeEventListener('drop', stay);
    };
  }, []);
}

/** A pasted file goes to the side that takes its kind; pasted text stays with the field that has the focus. */
function usePastedFiles(kinds: Record<Side, ModalityKind | undefined>): void {
  const { setInput, rejectInput } = useActions();
  const { a, b } = kinds;
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const [file] = event.clipboardData?.files ?? [];
      if (!file) return;
      event.preventDefault();
      const focused = document.activeElement?.closest<HTMLElement>('[data-side]')?.dataset.side;
      const byKind = (kind: ModalityKind | undefined) =>
        kind !== undefined && file.type.startsWith(`${kind}/`);
      const side: Side =
        focused === 'a' || focused === 'b'
          ? focused
          : byKind(a)
            ? 'a'
            : byKind(b)
              ? 'b'
              : b === 'audio'
                ? 'b'
                : 'a';
      const kind = side === 'a' ? a : b;
      if (!kind) return;
      readFile(kind, file)
        .then(({ input, name }) => setInput(side, input, name))
        .catch((error: unknown) => rejectInput(side, error instanceof Error ? error.message : String(error)));
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, [a, b, setInput, rejectInput]);
}

/** Modalities of packs that have had their first example, so that clearing stays clear. */
const begun = new Set<string>();
/** Of the examples, the class to begin with, where a pack has it. */
const firstClass = '4';

/** A pack that opens with nothing given shows an example, so that there is something to look at. */
function useFirstExample(): void {
  const store = useAppStore();
  const ready = useApp(scene);
  useEffect(() => {
    const { packId } = store.getState();
    if (!ready) return;
    const fresh = (['a', 'b'] as const).filter((side) => !begun.has(`${packId} ${ready[side].id}`));
    for (const side of fresh) begun.add(`${packId} ${ready[side].id}`);
    if (fresh.length === 0) return;
    const untouched = () => {
      const { a, b } = store.getState();
      return !a.input && !b.input && !a.problem && !b.problem;
    };
    async function begin(): Promise<void> {
      // What is kept over a reload comes back first.
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (!ready || !untouched()) return;
      const index = await exampleIndex();
      const own = (side: Side) => {
        const kind = exampleKinds[ready[side].modality];
        return kind && fresh.includes(side) && canBeGiven(ready[side])
          ? examplesFor(index, packId, kind, ready[side].id)
          : [];
      };
      const [forA, forB] = [own('a'), own('b')];
      const a = forA.find((e) => e.class === firstClass) ?? forA[0];
      const b = (a && companion(a, forB)) ?? forB[0];
      const chosen = await Promise.all(
        (
          [
            ['a', a],
            ['b', b],
          ] as const
        ).map(
          async ([side, entry]) =>
            entry && { side, input: await loadExample(entry), name: exampleName(entry, index) },
        ),
      );
      if (!untouched() || store.getState().packId !== packId) return;
      if (scene(store.getState())?.pairing !== ready.pairing) return;
      for (const one of chosen) if (one) store.getState().setInput(one.side, one.input, one.name);
    }
    // Without examples the page works as well: the picker says so when it is asked.
    begin().catch(() => undefined);
  }, [ready, store]);
}

/** The two inputs of the pairing. Two sections: the page's grid places them. */
export function Inputs() {
  useNoNavigationByDrop();
  usePastedFiles({ a: useSide('a')?.kind, b: useSide('b')?.kind });
  useFirstExample();
  return (
    <>
      <InputPanel side="a" />
      <InputPanel side="b" />
    </>
  );
}
