import { fixed } from '../../charts/format';
import type { Pack } from '../../packs/schema';
import { hasHeads, recordVariant } from '../../store/models';
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

/** Heads trained with a dependency penalty or without; nothing where the pairing has one kind only. */
export function VariantSwitch() {
  const now = useApp(scene);
  const variant = useApp((s) => s.variant);
  const load = useApp((s) => s.variantLoad);
  const wanted = useApp((s) => s.variantWanted);
  const { chooseVariant } = useActions();
  const own =
    now?.pack.variants.filter(({ id }) => hasHeads(now.pack, now.pairing.id, now.task.id, id)) ?? [];
  if (!now || own.length < 2) return null;
  const waiting = load.state === 'loading' && wanted !== null;
  return (
    <div className="variants" aria-busy={waiting}>
      <span className="fine">Penalty</span>
      <Segmented
        label="Heads trained with the penalty"
        options={own.map(optionOf)}
        // what was asked for is where the arrow keys go on from, though its heads are still on their way
        value={waiting ? wanted : variant}
        onChange={chooseVariant}
      />
      <span className="fine" role="status">
        {waiting ? (
          <>
            Waiting for: its heads
            {load.total > 0 ? ` ${Math.floor((100 * load.done) / load.total)} %` : ''}
          </>
        ) : load.state === 'failed' && wanted !== null ? (
          <>
            {load.message}{' '}
            <button type="button" className="link" onClick={() => chooseVariant(wanted)}>
              Try again
            </button>
          </>
        ) : recordVariant(now.pack, variant) !== variant ? (
          'for your sample; figures of the evaluation set stay without it'
        ) : (
          ''
        )}
      </span>
    </div>
  );
}
