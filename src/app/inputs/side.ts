/** One side of the pairing as the inputs need it: what kind, what it is called, what the conditions do to it. */
import { useMemo, useState } from 'react';
import type { Degradation } from '../../engine/protocol';
import type { ModalityKind } from '../../packs/schema';
import { modalityKinds } from '../../packs/schema';
import { canBeGiven } from '../../store/models';
import { useActions, useApp } from '../../store/react';
import { scene } from '../../store/selectors';
import type { InputState } from '../../store/state';

export type Side = 'a' | 'b';

export interface SideInfo {
  /** How it is given: `features` where nobody can give it here, whatever it is of. */
  kind: ModalityKind;
  /** What it is of. */
  of: ModalityKind;
  /** The modality's id in the pack; its kind until the pack is there. */
  id: string;
  /** Another one asks for another panel, with nothing to undo in it. */
  key: string;
  /** "Drawn" */
  label: string;
  /** "TimeSformer"; empty until the pack is there. */
  family: string;
  /** What the standard condition does to this side; null where there is none. */
  standard: Degradation | null;
}

const defaultLabels: Record<ModalityKind, string> = {
  video: 'Drawn',
  audio: 'Spoken',
  text: 'Written',
  image: 'Pictured',
  features: 'Measured',
};

const kindOf = (name: string | undefined): ModalityKind | null =>
  modalityKinds.find((kind) => kind === name) ?? null;

/** A condition's entry for a modality: only the numbers in it. */
export function conditionOf(
  condition: Record<string, unknown> | undefined,
  modality: string,
): Degradation | null {
  const entry = condition?.[modality];
  if (typeof entry !== 'object' || entry === null) return null;
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => typeof value === 'number'));
}

/** Null while not even the list of packs is there. */
export function useSide(side: Side): SideInfo | null {
  const ready = useApp(scene);
  const packs = useApp((s) => s.packs);
  const packId = useApp((s) => s.packId);
  return useMemo(() => {
    if (ready) {
      const { id, modality: of, label, family } = ready[side];
      const kind = canBeGiven(ready[side]) ? of : 'features';
      const standard = ready.pack.conditions.find((condition) => condition.id === 'standard');
      // as before the pack was there: what was begun then goes on
      const key = id === ready.pack.pairings[0][side] ? of : id;
      return { kind, of, id, key, label, family, standard: conditionOf(standard, id) };
    }
    const entry = packs.state === 'ready' ? packs.value.find(({ id }) => id === packId) : undefined;
    const kind = kindOf(entry?.modalities[side === 'a' ? 0 : 1]);
    return (
      kind && {
        kind,
        of: kind,
        id: kind,
        key: kind,
        label: defaultLabels[kind],
        family: '',
        standard: null,
      }
    );
  }, [ready, packs, packId, side]);
}

export interface Giving {
  give(input: InputState['input'], name: string): void;
  /** Back to what was there before the last `give`; several steps. */
  undo(): void;
  canUndo: boolean;
  reject(problem: unknown): void;
}

/** How many steps back. */
const memory = 50;

/** Gives inputs to one side, with a way back. */
export function useGiving(side: Side): Giving {
  const { setInput, rejectInput } = useActions();
  const input = useApp((s) => s[side].input);
  const name = useApp((s) => s[side].name);
  const [before, setBefore] = useState<Pick<InputState, 'input' | 'name'>[]>([]);
  return {
    give(next, nextName) {
      setBefore((list) => [...list.slice(1 - memory), { input, name }]);
      setInput(side, next, nextName);
    },
    undo() {
      const last = before.at(-1);
      if (!last) return;
      setBefore((list) => list.slice(0, -1));
      setInput(side, last.input, last.name);
    },
    canUndo: before.length > 0,
    reject(problem) {
      rejectInput(side, problem instanceof Error ? problem.message : String(problem));
    },
  };
}
