import { fixed } from '../../charts/format';
import type { Pack } from '../../packs/schema';
import { useActions, useApp } from '../../store/react';
import { scene } from '../../store/selectors';
import { Segmented } from '../Segmented';

const measures = { kl: 'KL', f: 'f', wasserstein: 'Wasserstein' } as const;

const labelOf = ({ id, measure, lambda }: Pack['variants'][number]): string =>
  measure ? `${measures[measure]}${lambda === undefined ? '' : `, λ ${fixed(lambda, 2)}`}` : id;

/** Heads trained with a dependency penalty or without; nothing where the pack has one kind only. */
export function VariantSwitch() {
  const now = useApp(scene);
  const variant = useApp((s) => s.variant);
  const { chooseVariant } = useActions();
  if (!now || now.pack.variants.length < 2) return null;
  return (
    <div className="fine variants">
      <span>Penalty</span>
      <Segmented
        label="Heads trained with the penalty"
        options={now.pack.variants.map((v) => ({ id: v.id, label: labelOf(v) }))}
        value={variant}
        onChange={chooseVariant}
      />
    </div>
  );
}
