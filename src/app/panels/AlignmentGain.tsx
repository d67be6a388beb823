import { useEffect, useMemo, useState } from 'react';
import { ScatterChart } from '../../charts/ScatterChart';
import type { AlignmentMetric } from '../../packs/dependency-file';
import { alignmentNames } from '../../store/models';
import { useActions, useApp, useAppStore } from '../../store/react';
import { valueOf } from '../../store/selectors';
import {
  alignmentGain,
  alignmentGainFigure,
  currentCells,
  pairName,
  quantitiesOf,
  rhoNote,
  rhoSentence,
  rhoText,
  scatterCeiling,
} from '../alignment-gain';
import { ExportMenu } from '../ExportMenu';
import { Waiting } from '../Waiting';
import { alignmentLabels } from '../words';

/** Does alignment say where fusion pays? All pairs of layers, alignment against gain. */
export function AlignmentGain() {
  const store = useAppStore();
  const load = useApp((s) => s.alignments);
  const figures = useApp((s) => s.figures);
  const strategy = useApp((s) => s.strategy);
  const seed = useApp((s) => s.seed);
  const { loadAlignments } = useActions();
  const [chosen, setChosen] = useState<AlignmentMetric>('cka');
  useEffect(() => loadAlignments(), [loadAlignments]);
  const known = valueOf(load)?.metrics;
  const metric = known && !known[chosen] ? 'cka' : chosen;
  const found = useMemo(
    () => alignmentGain({ ...store.getState(), alignments: load, figures, seed }, metric),
    [store, load, figures, seed, metric],
  );
  const figure = useMemo(
    () => alignmentGainFigure({ ...store.getState(), alignments: load, figures, strategy, seed }, metric),
    [store, load, figures, strategy, seed, metric],
  );
  return (
    <section aria-labelledby="alignment-gain-title">
      <header>
        <h3 id="alignment-gain-title">Alignment and gain</h3>
        <p className="sub">a dot a pair of layers; dashed: no gain</p>
        {figure ? <ExportMenu figure={figure} what="the scatter of alignment and gain" /> : null}
      </header>
      {found ? (
        <>
          <label className="field">
            <span>Alignment</span>
            <select value={metric} onChange={(event) => setChosen(event.target.value as AlignmentMetric)}>
              {alignmentNames
                .filter((name) => known?.[name])
                .map((name) => (
                  <option key={name} value={name}>
                    {alignmentLabels[name]}
                  </option>
                ))}
            </select>
          </label>
          <ScatterChart
            x={found.x}
            y={found.y}
            {...quantitiesOf({ figures }, metric)}
            current={currentCells(store.getState(), found.lb)}
            name={pairName(found.lb)}
            limit={scatterCeiling({ alignments: load }, metric)}
            label={`Scatter of ${found.x.length} pairs of layers, ${alignmentLabels[metric]} against gain over the best probe: ${rhoText(found.rho)}`}
          />
          <p>
            <b>{rhoText(found.rho)}.</b> {rhoSentence(found.rho)}{' '}
            <span className="fine">
              {rhoNote(found.count)} Alignment on validation pairs, gain on the test set.
            </span>
          </p>
        </>
      ) : (
        <Waiting load={load.state === 'ready' ? figures : load} />
      )}
    </section>
  );
}
