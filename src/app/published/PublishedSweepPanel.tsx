import { useState } from 'react';
import { plain, share, showUnit, signedInteger, type Quantity } from '../../charts/format';
import { SliderChart, speakPoint } from '../../charts/SliderChart';
import { valueRange, type SliderPoint } from '../../charts/sliders';
import { ExportMenu } from '../ExportMenu';
import { Segmented } from '../Segmented';
import { leastSpan } from '../words';
import { sweepFigure } from './figures';
import { pairAt, type PublishedSeries, type PublishedSweep, type PublishedTask } from './results';

export const sweepQuantity = (sweep: PublishedSweep): Quantity =>
  sweep.unit === 'percent'
    ? share(sweep.measure)
    : {
        ...plain(sweep.measure, sweep.measure === 'silhouette' ? 3 : sweep.lowerIsBetter ? 2 : 0),
        lowerIsBetter: sweep.lowerIsBetter,
      };

const stored = (sweep: PublishedSweep, v: number): number => (sweep.unit === 'percent' ? v / 100 : v);

export const sweepPoints = (sweep: PublishedSweep, series: PublishedSeries): SliderPoint[] =>
  series.points.map(([at, v]) => ({ at, value: stored(sweep, v), lo: NaN, hi: NaN }));

export const sweepLines = (sweep: PublishedSweep) => [
  { label: 'pairwise', value: stored(sweep, sweep.pairwise), dash: 'dotted' as const },
  { label: 'late', value: stored(sweep, sweep.late), dash: 'dashed' as const },
];

export const sweepRange = (sweep: PublishedSweep) =>
  valueRange(
    sweep.series.flatMap((s) => sweepPoints(sweep, s)),
    sweepLines(sweep),
    sweep.unit === 'percent' ? leastSpan(sweepQuantity(sweep)) : 0,
  );

/** The published sweep over skew, in the instrument's slider: dragging reads out. */
export function PublishedSweepPanel({ task }: { task: PublishedTask }) {
  const [which, setWhich] = useState(0);
  const [k, setK] = useState(1);
  const [d, setD] = useState(0);
  const [peek, setPeek] = useState<number | null>(null);
  const sweep = task.sweeps[which] ?? task.sweeps[0];
  const q = sweepQuantity(sweep);
  const series = sweep.series.find((s) => s.k === k) ?? sweep.series[0];
  const other = sweep.series.find((s) => s !== series);
  const points = sweepPoints(sweep, series);
  const at = peek ?? d;
  const shown = points.find((p) => p.at === at);
  const pair = pairAt(at, sweep.anchor);
  return (
    <section className="panel published-sweep" aria-labelledby="published-sweep">
      <header>
        <h2 id="published-sweep">Skew sweep</h2>
        <p className="sub">
          d = {signedInteger(at)} <b>{shown ? showUnit(q, shown.value) : 'not published'}</b>
          {series.k === 1 ? `, pair (${pair.i}, ${pair.j})` : ''}
        </p>
        {task.sweeps.length > 1 ? (
          <select
            aria-label="Measure of the sweep"
            value={which}
            onChange={(event) => setWhich(Number(event.target.value))}
          >
            {task.sweeps.map((s, n) => (
              <option key={s.measure} value={n}>
                {s.measure}
              </option>
            ))}
          </select>
        ) : null}
        <Segmented
          label="Sparsity of the sweep"
          options={sweep.series.map((s) => ({ id: String(s.k), label: `η = ${s.k}/12` }))}
          value={String(series.k)}
          onChange={(next) => setK(Number(next))}
        />
        <ExportMenu figure={sweepFigure(task, which, series.k)} what="the published sweep" />
      </header>
      <div className="slider-charts one">
        <SliderChart
          label={`Skew d of the published sweep, ${q.name}, η = ${series.k}/12`}
          from={-11}
          to={11}
          at={d}
          valueText={speakPoint(
            `skew ${signedInteger(d)}`,
            q,
            points.find((p) => p.at === d),
          )}
          points={points}
          beside={other && sweepPoints(sweep, other)}
          lines={sweepLines(sweep)}
          range={sweepRange(sweep)}
          quantity={q}
          ticks={[-11, -8, -4, 0, 4, 8, 11]}
          format={signedInteger}
          axis={{ name: 'skew d', from: '‹ B deeper', to: 'A deeper ›' }}
          numbers
          names
          onChange={setD}
          onPeek={setPeek}
        />
      </div>
      <p className="fine">
        {task.dataset}; {q.name}
        {q.lowerIsBetter ? ', less is better' : ''}. Filled: η = {series.k}/12
        {other ? `; hollow: η = ${other.k}/12` : ''}. No intervals were published. Anchored at the{' '}
        {sweep.anchor} layers.
      </p>
    </section>
  );
}
