import { useCallback, useMemo, useState } from 'react';
import { AlignmentMatrix, type MatrixData } from '../../charts/AlignmentMatrix';
import { sequentialScale } from '../../charts/colour';
import { plain, share, showUnit, signedInteger, type Quantity } from '../../charts/format';
import { argmax, type Cell } from '../../charts/grid';
import { Legend } from '../../charts/Legend';
import { ExportMenu } from '../ExportMenu';
import { bestLayer } from '../matrix-model';
import { leastSpan } from '../words';
import { matrixFigure } from './figures';
import { LAYERS, pairMatrix, type PublishedTask } from './results';

export type GridMeasure = 'silhouette' | 'calinski_harabasz' | 'davies_bouldin';

const measures: { id: GridMeasure; quantity: Quantity }[] = [
  { id: 'silhouette', quantity: plain('silhouette', 3) },
  { id: 'calinski_harabasz', quantity: plain('Calinski–Harabasz', 1) },
  { id: 'davies_bouldin', quantity: { ...plain('Davies–Bouldin', 3), lowerIsBetter: true } },
];

/** The published pairs in the instrument's matrix; what was not published is hatched. */
export function publishedMatrix(task: PublishedTask, measure: GridMeasure, at: Cell): MatrixData {
  const grid = task.grid?.[measure];
  const quantity = grid
    ? (measures.find((m) => m.id === measure)?.quantity ?? measures[0].quantity)
    : share(task.sweeps[0].measure);
  const values = grid ?? pairMatrix(task).map((v) => v / 100);
  const probes = task.probes;
  return {
    la: LAYERS,
    lb: LAYERS,
    a: task.a,
    b: task.b,
    quantity,
    values,
    scale: sequentialScale(values, grid ? 0.01 : leastSpan(quantity), quantity.lowerIsBetter),
    margins: probes
      ? {
          a: { values: probes.a.map((v) => v / 100), best: bestLayer(probes.a) },
          b: { values: probes.b.map((v) => v / 100), best: bestLayer(probes.b) },
          quantity: share(probes.metric),
        }
      : null,
    mask: [at],
    diagonal: at,
  };
}

export function PublishedMatrix({ task }: { task: PublishedTask }) {
  const [measure, setMeasure] = useState<GridMeasure>('silhouette');
  const [chosen, setChosen] = useState<Cell>({ i: LAYERS, j: LAYERS });
  const [focus, setFocus] = useState<Cell | null>(null);
  const data = useMemo(() => publishedMatrix(task, measure, chosen), [task, measure, chosen]);
  const at = focus ?? chosen;
  const describe = useCallback(
    ({ i, j }: Cell) => {
      const value = data.values[(i - 1) * LAYERS + j - 1];
      return `A layer ${i}, B layer ${j}: ${Number.isFinite(value) ? `${data.quantity.name} ${showUnit(data.quantity, value)}` : 'not published'}`;
    },
    [data],
  );
  const back = useCallback(() => setChosen({ i: LAYERS, j: LAYERS }), []);
  const value = data.values[(at.i - 1) * LAYERS + at.j - 1];
  const sign = data.quantity.lowerIsBetter ? -1 : 1;
  const best = argmax(Array.from(data.values, (v) => sign * v));
  const isBest = best === (at.i - 1) * LAYERS + at.j - 1;
  const count = Array.from(data.values).filter(Number.isFinite).length;
  const d = at.i - at.j;
  return (
    <section className="panel alignment published-matrix" aria-labelledby="published-pairs">
      <header>
        <h2 id="published-pairs">{task.grid ? 'All 144 pairs' : 'Anchored pairs'}</h2>
        <p className="sub">{task.dataset}</p>
        {task.grid ? (
          <select
            aria-label="Measure"
            value={measure}
            onChange={(event) => setMeasure(event.target.value as GridMeasure)}
          >
            {measures.map((m) => (
              <option key={m.id} value={m.id}>
                {m.quantity.name}
                {m.quantity.lowerIsBetter ? ', less is better' : ''}
              </option>
            ))}
          </select>
        ) : null}
        <ExportMenu figure={matrixFigure(task, measure, chosen)} what="the published pairs" />
      </header>
      <div className="matrix-and-readout">
        <AlignmentMatrix
          {...data}
          label={`Published pairs, ${data.quantity.name}`}
          describe={describe}
          at={at}
          onFocus={setFocus}
          onChoose={setChosen}
          onBack={back}
        />
        <aside className="readout" aria-label="Read-out of the published pair">
          <div className="readout-who">
            <p className="readout-kind">published pair</p>
            <p className="readout-pair">
              (<span className="a">{at.i}</span>, <span className="b">{at.j}</span>)
            </p>
          </div>
          <dl>
            <dt>{data.quantity.name}</dt>
            <dd className="key">
              {Number.isFinite(value) ? showUnit(data.quantity, value) : 'not published'}
            </dd>
            <dt>95 %</dt>
            <dd>not published</dd>
            <dt>skew d</dt>
            <dd>{signedInteger(d)}</dd>
            {task.probes && data.margins ? (
              <>
                <dt>A alone</dt>
                <dd>{showUnit(data.margins.quantity, data.margins.a.values[at.i - 1])}</dd>
                <dt>B alone</dt>
                <dd>{showUnit(data.margins.quantity, data.margins.b.values[at.j - 1])}</dd>
              </>
            ) : null}
          </dl>
          <Legend scale={data.scale} quantity={data.quantity} values={data.values} current={{ value }} />
          <p className="caution">{isBest ? `Best of ${count}, picked on the test set.` : ''}</p>
        </aside>
      </div>
      <p className="fine">
        {task.grid
          ? 'A small-sample run of the authors, all pairs; clustering measures, no labels.'
          : 'Published: pairs in which one side is at its last layer. The rest is hatched.'}
      </p>
    </section>
  );
}
