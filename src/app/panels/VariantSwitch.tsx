import { fixed } from '../../charts/format';
import type { Pack } from '../../packs/schema';
import { recordVariant } from '../../store/models';
import { useActions, useApp } from '../../store/react';
import { scene } from '../../store/selectors';
import { Segmented } from '../Segmented';

const measures = { kl: 'KL', f: 'f', wasserstein: 'Wasserstein' } as const;

const optionOf = ({ id, measure, lambda }: Pack['variants'][number]) => ({
  id,
  label: measure ? measures[measure] : id,
  title: measure
    ? `Trained to raise the dependency of A and B${lambda === undefined ? '' : `, λ = ${fixed(lambda, 2)}`}`
    : 'Trained on the task alone',
});

/** Heads trained with a dependency penalty or without; nothing where the pack has one kind only. */
export function VariantSwitch() {
  const now = useApp(scene);
  const variant = useApp((s) => s.variant);
  const { chooseVariant } = useActions();
  if (!now || now.pack.variants.length < 2) return null;
  return (
    <div className="variants">
      <span className="fine">Penalty</span>
      <Segmented
        label="Heads trained with the penalty"
        options={now.pack.variants.map(optionOf)}
        value={variant}
        onChange={chooseVariant}
      />
      {recordVariant(now.pack, variant) !== variant ? (
        <span className="fine">for your sample; figures of the evaluation set stay without it</span>
      ) : null}
    </div>
  );
}
