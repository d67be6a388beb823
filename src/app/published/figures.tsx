/** The published figures as documents. The marks are drawn only when the document is asked for. */
import { CurvesMarks } from '../../charts/CurvesChart';
import { fileStem } from '../../charts/export';
import { share } from '../../charts/format';
import type { Cell } from '../../charts/grid';
import { MatrixFigure, matrixFigureSize } from '../../charts/MatrixFigure';
import { SliderMarks } from '../../charts/SliderChart';
import { signedInteger } from '../../charts/format';
import { version } from '../../../package.json';
import type { Figure } from '../figure-notes';
import { publishedMatrix, type GridMeasure } from './PublishedMatrix';
import { sweepLines, sweepPoints, sweepQuantity, sweepRange } from './PublishedSweepPanel';
import { LAYERS, source, type PublishedTask } from './results';

const notes = (task: PublishedTask, title: string, caption: string): Figure['notes'] => ({
  title,
  caption: `${caption} ${task.dataset}. Published figures, not results of Skewscope; no intervals were published.`,
  axes: [
    `A: ${task.a.label} (${task.a.family}), layer i = 1..12`,
    `B: ${task.b.label} (${task.b.family}), layer j = 1..12`,
  ],
  seed: 0,
  versions: `Skewscope ${version}`,
  source,
});

export function matrixFigure(task: PublishedTask, measure: GridMeasure, at: Cell): Figure {
  const data = publishedMatrix(task, measure, at);
  return {
    stem: fileStem('published', task.id, 'pairs', task.grid ? measure : ''),
    notes: notes(task, `Published: ${task.title}, pairs, ${data.quantity.name}`, ''),
    ...matrixFigureSize(LAYERS, LAYERS),
    marks: <MatrixFigure {...data} current={{ value: data.values[(at.i - 1) * LAYERS + at.j - 1] }} />,
    table: {
      columns: ['layer_a', 'layer_b', 'skew', data.quantity.name],
      rows: Array.from(data.values, (v, n) => {
        const [i, j] = [Math.floor(n / LAYERS) + 1, (n % LAYERS) + 1];
        return [i, j, i - j, Number.isFinite(v) ? v * data.quantity.scale : NaN];
      }),
    },
  };
}

export function sweepFigure(task: PublishedTask, which: number, k: number): Figure {
  const sweep = task.sweeps[which];
  const series = sweep.series.find((s) => s.k === k) ?? sweep.series[0];
  const other = sweep.series.find((s) => s !== series);
  const q = sweepQuantity(sweep);
  return {
    stem: fileStem('published', task.id, 'sweep', sweep.measure),
    notes: notes(
      task,
      `Published: ${task.title}, ${q.name} by skew`,
      `Filled: η = ${series.k}/12${other ? `; hollow: η = ${other.k}/12` : ''}. Anchored at the ${sweep.anchor} layers.`,
    ),
    width: 620,
    height: 280,
    marks: (
      <SliderMarks
        width={620}
        height={280}
        left={50}
        right={100}
        from={-11}
        to={11}
        at={0}
        points={sweepPoints(sweep, series)}
        beside={other && sweepPoints(sweep, other)}
        lines={sweepLines(sweep)}
        range={sweepRange(sweep)}
        quantity={q}
        ticks={[-11, -8, -4, 0, 4, 8, 11]}
        format={signedInteger}
        axis={{ name: 'skew d', from: '‹ B deeper', to: 'A deeper ›' }}
        numbers
        names
      />
    ),
    table: {
      columns: ['pairs_fused', 'skew', q.name],
      rows: sweep.series.flatMap((s) => s.points.map(([d, v]) => [s.k, d, v])),
    },
  };
}

export function probesFigure(task: PublishedTask): Figure {
  const probes = task.probes ?? { metric: '', a: [], b: [] };
  return {
    stem: fileStem('published', task.id, 'single-layers'),
    notes: notes(task, `Published: ${task.title}, single layers, ${probes.metric}`, ''),
    width: 560,
    height: 280,
    marks: (
      <CurvesMarks
        width={560}
        height={280}
        quantity={share(probes.metric)}
        series={[
          { id: 'a', label: `A ${task.a.family}`, tone: 'a', values: probes.a.map((v) => v / 100) },
          { id: 'b', label: `B ${task.b.family}`, tone: 'b', values: probes.b.map((v) => v / 100) },
        ]}
      />
    ),
    table: {
      columns: ['side', 'layer', probes.metric],
      rows: [...probes.a.map((v, n) => ['A', n + 1, v]), ...probes.b.map((v, n) => ['B', n + 1, v])],
    },
  };
}
