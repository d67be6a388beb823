import { useEffect } from 'react';
import { canBeGiven } from '../../store/models';
import { useApp, useAppStore } from '../../store/react';
import { scene } from '../../store/selectors';
import { companion, exampleIndex, exampleKinds, exampleName, examplesFor, loadExample } from './examples';
import { InputPanel } from './InputPanel';
import type { Side } from './side';
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
  useFirstExample();
  return (
    <>
      <InputPanel side="a" />
      <InputPanel side="b" />
    </>
  );
}
