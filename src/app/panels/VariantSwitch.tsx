import { useEffect } from 'react';
import { fixed, showInterval, showUnit } from '../../charts/format';
import type { Pack } from '../../packs/schema';
import { hasHeads, hasSeeds, recordVariant } from '../../store/models';
import { useActions, useApp } from '../../store/react';
import { ensembleFigure, headsInUse, scene } from '../../store/selectors';
import { Segmented } from '../Segmented';
import { quantityOf } from '../words';

const measures = { kl: 'KL', f: 'f', wasserstein: 'Wasserstein' } as const;

const optionOf = ({ id, measure, lambda }: Pack['variants'][number]) => ({
  id,
  label: measure ? measures[measure] : id,
  title: measure
    ? `Trained to raise the dependency of A and B${lambda === undefined ? '' : `, λ = ${fixed(lambda, 2)}`}`
    : 'Trained on the task alone',
});

const seedOptions = [
  { id: 'one', label: 'one', title: 'The heads of the first seed, of which all charts are' },
  { id: 'all', label: 'all', title: 'Late, pairwise and SSFN by the heads of all seeds as one model' },
];

/** Which heads are asked: trained with a dependency penalty or without, by one seed or all; what the pack ships. */
export function VariantSwitch() {
  const now = useApp(scene);
  const variant = useApp((s) => s.variant);
  const seeds = useApp((s) => headsInUse(s).seeds);
  const load = useApp((s) => s.variantLoad);
  const wanted = useApp((s) => s.headsWanted);
  const { chooseHeads } = useActions();
  if (!now) return null;
  const { pack, pairing, task } = now;
  const own = pack.variants.filter(({ id }) => hasHeads(pack, pairing.id, task.id, id));
  const seeded = hasSeeds(pack, pairing.id, task.id, variant);
  if (own.length < 2 && !seeded) return null;
  const waiting = load.state === 'loading' && wanted !== null;
  // what was asked for is where the arrow keys go on from, though its heads are still on their way
  const shown = waiting ? wanted : { variant, seeds };
  return (
    <div className="variants" aria-busy={waiting}>
      {own.length < 2 ? null : (
        <div>
          <span className="fine">Penalty</span>
          <Segmented
            label="Heads trained with the penalty"
            options={own.map(optionOf)}
            value={shown.variant}
            onChange={(id) => chooseHeads({ variant: id })}
          />
        </div>
      )}
      {seeded ? (
        <div>
          <span className="fine">Seeds</span>
          <Segmented
            label="Heads by seed"
            options={seedOptions}
            value={shown.seeds ? 'all' : 'one'}
            onChange={(id) => chooseHeads({ seeds: id === 'all' })}
          />
        </div>
      ) : null}
      <span className="fine" role="status">
        {waiting ? (
          <>
            Waiting for: its heads
            {load.total > 0 ? ` ${Math.floor((100 * load.done) / load.total)} %` : ''}
          </>
        ) : load.state === 'failed' && wanted !== null ? (
          <>
            {load.message}{' '}
            <button type="button" className="link" onClick={() => chooseHeads(wanted)}>
              Try again
            </button>
          </>
        ) : seeds ? (
          <AllSeeds />
        ) : recordVariant(pack, variant) !== variant ? (
          'for your sample; figures of the evaluation set stay without it'
        ) : (
          ''
        )}
      </span>
    </div>
  );
}

/** What the strategy in use reaches on test by all seeds, where it is one that has several. */
function AllSeeds() {
  const penalty = useApp((s) => s.penalty.state);
  const found = useApp(ensembleFigure);
  const { loadPenalty } = useActions();
  useEffect(() => {
    if (penalty === 'idle') loadPenalty();
  }, [penalty, loadPenalty]);
  if (!found) return 'late, pairwise and SSFN of your sample by all seeds together; the charts are of one';
  const { count, metric, figure } = found;
  const q = quantityOf(metric);
  return `${count} seeds together: ${showUnit(q, figure.value)} (${showInterval(q, figure)}) on test; the charts are of one`;
}
