import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { AlignmentMatrix, type AlignmentMatrixProps } from '../../../src/charts/AlignmentMatrix';
import { Answer } from '../../../src/charts/Answer';
import { sequentialScale } from '../../../src/charts/colour';
import { CurvesMarks } from '../../../src/charts/CurvesChart';
import { CalibrationMarks, ConfusionTable } from '../../../src/charts/EvaluationCharts';
import { share } from '../../../src/charts/format';
import { LegendMarks } from '../../../src/charts/Legend';
import { MaskChart } from '../../../src/charts/MaskChart';
import { MatrixFigure } from '../../../src/charts/MatrixFigure';
import { PredictionTable, type PredictionRow } from '../../../src/charts/PredictionTable';
import { ProjectionMarks } from '../../../src/charts/ProjectionChart';
import { SliderMarks, speakPoint } from '../../../src/charts/SliderChart';

const count = (html: string, pattern: RegExp): number => html.match(pattern)?.length ?? 0;
const accuracy = share('accuracy');

const matrix = (change: Partial<AlignmentMatrixProps> = {}): AlignmentMatrixProps => {
  const [la, lb] = [change.la ?? 3, change.lb ?? 4];
  const values = change.values ?? Float32Array.from({ length: la * lb }, (_, n) => 0.5 + n / 100);
  return {
    la,
    lb,
    a: { label: 'drawn', family: 'TimeSformer' },
    b: { label: 'spoken', family: 'AST' },
    quantity: accuracy,
    values,
    scale: sequentialScale(values, 0.04),
    margins: {
      a: { values: [0.1, 0.2, 0.3], best: 3 },
      b: { values: [0.4, 0.3, 0.2, 0.1], best: 1 },
      quantity: accuracy,
    },
    mask: [{ i: la, j: lb }],
    diagonal: { i: la, j: lb },
    label: 'Layer alignment, accuracy',
    describe: ({ i, j }) => `A ${i}, B ${j}`,
    at: { i: la, j: lb },
    onFocus: () => undefined,
    onChoose: () => undefined,
    onBack: () => undefined,
    ...change,
  };
};

describe('the alignment matrix', () => {
  it('is a grid of la × lb cells with one tab stop, its mask selected', () => {
    const html = renderToStaticMarkup(<AlignmentMatrix {...matrix()} />);
    expect(count(html, /role="gridcell"/g)).toBe(12);
    expect(count(html, /role="row"/g)).toBe(3);
    expect(count(html, /tabindex="0"/gi)).toBe(1);
    expect(count(html, /aria-selected="true"/g)).toBe(1);
    expect(html).toContain('aria-label="A 3, B 4"');
    expect(html).toMatch(/Rows: A, drawn, TimeSformer, layer 3 on top\. Columns: B, spoken, AST\./);
  });
  it('hatches what has no value', () => {
    const values = Float32Array.from({ length: 12 }, (_, n) => (n % 5 ? 0.5 : NaN));
    const html = renderToStaticMarkup(<AlignmentMatrix {...matrix({ values })} />);
    expect(count(html, /class="void"/g)).toBe(3);
  });
  it('underlines the best single layers, and has no margins where there are none', () => {
    const html = renderToStaticMarkup(<AlignmentMatrix {...matrix()} />);
    expect(count(html, /class="[^"]*best[^"]*"/g)).toBe(2);
    const bare = renderToStaticMarkup(<AlignmentMatrix {...matrix({ margins: null })} />);
    expect(count(bare, /class="[^"]*best[^"]*"/g)).toBe(0);
  });
  it('holds what each head says in sample mode, and marks who differs', () => {
    const says = Array.from({ length: 12 }, (_, n) => ({ text: String(n % 2), differs: n % 2 === 1 }));
    const html = renderToStaticMarkup(<AlignmentMatrix {...matrix({ says })} />);
    expect(count(html, /class="differs"/g)).toBe(6);
  });
  it('exports as SVG with both axes named', () => {
    const html = renderToStaticMarkup(<MatrixFigure {...matrix()} current={{ value: 0.6 }} />);
    expect(html).toContain('A drawn · TimeSformer layer i');
    expect(html).toContain('B spoken · AST layer j');
    expect(html).not.toContain('NaN');
  });
});

describe('the sliders’ charts', () => {
  const props = {
    width: 500,
    height: 200,
    left: 46,
    right: 20,
    from: -3,
    to: 3,
    at: 1,
    points: [-1, 0, 1].map((at) => ({ at, value: 0.8, lo: 0.75, hi: 0.85 })),
    lines: [{ label: 'late', value: 0.79, dash: 'dashed' as const }],
    range: { lo: 0.7, hi: 0.9, ticks: [0.7, 0.8, 0.9] },
    quantity: accuracy,
    ticks: [-3, 0, 3],
    format: (d: number) => `d${d}`,
    axis: { name: 'skew d', from: 'B', to: 'A' },
    numbers: true,
    names: true,
  };
  it('hatches strategies that do not exist and draws the others with whiskers', () => {
    const html = renderToStaticMarkup(<SliderMarks {...props} />);
    expect(count(html, /class="hatched"/g)).toBe(4);
    expect(count(html, /class="whisker"/g)).toBe(3);
    expect(html).toContain('late 79.0');
    expect(html).toContain('>d1<');
    expect(html).not.toContain('NaN');
  });
  it('leaves the whisker out where no interval was published', () => {
    const points = [{ at: 0, value: 0.8, lo: NaN, hi: NaN }];
    const html = renderToStaticMarkup(<SliderMarks {...props} points={points} />);
    expect(count(html, /class="whisker"/g)).toBe(0);
    expect(html).not.toContain('NaN');
    expect(speakPoint('skew 0', accuracy, points[0])).toBe('skew 0, accuracy 80.0 %');
    expect(speakPoint('skew 9', accuracy, undefined)).toBe('skew 9, no figure');
    expect(speakPoint('skew 1', accuracy, props.points[0])).toBe(
      'skew 1, accuracy 80.0 %, 95 % from 75.0 % to 85.0 %',
    );
  });
});

describe('the other charts', () => {
  it('the prediction speaks each row and shades the answer through all', () => {
    const rows: PredictionRow[] = [
      { id: 's', label: 'late', tone: 'own', probabilities: [0.02, 0.98] },
      { id: 'a', label: 'A alone', tone: 'a', probabilities: null, absent: 'dropped' },
    ];
    const html = renderToStaticMarkup(<PredictionTable rows={rows} classes={['no', 'yes']} answer={1} />);
    expect(html).toContain('aria-label="late: yes 0.98"');
    expect(html).toContain('aria-label="A alone: dropped"');
    expect(count(html, /class="in-answer"/g)).toBe(3);
  });
  it('the answer says that there is none', () => {
    expect(renderToStaticMarkup(<Answer answer={null} probability={NaN} sentence="Nothing." />)).toContain(
      '?',
    );
  });
  it('the mask hatches exactly its pairs', () => {
    const mask = Array.from({ length: 12 }, (_, n) => n === 5 || n === 6);
    const html = renderToStaticMarkup(
      <MaskChart la={3} lb={4} frequency={new Float32Array(12)} mask={mask} dark={false} label="x" />,
    );
    expect(count(html, /fill="url\(#/g)).toBe(2);
  });
  it('the confusion matrix counts; the diagram leaves out empty bins', () => {
    const html = renderToStaticMarkup(
      <ConfusionTable counts={[3, 1, 0, 4]} classes={['x', 'y']} dark={false} />,
    );
    expect(html).toContain('x taken for y: 1, 25.0 %');
    const bins = [
      { from: 0, to: 0.5, count: 0, confidence: NaN, accuracy: NaN },
      { from: 0.5, to: 1, count: 8, confidence: 0.8, accuracy: 0.75 },
    ];
    const diagram = renderToStaticMarkup(<CalibrationMarks bins={bins} width={300} height={200} />);
    expect(count(diagram, /<circle/g)).toBe(1);
    expect(diagram).not.toContain('NaN');
  });
  it('curves, legend and projection draw no NaN', () => {
    const curves = renderToStaticMarkup(
      <CurvesMarks
        width={300}
        height={200}
        quantity={accuracy}
        series={[{ id: 'a', label: 'A', tone: 'a', values: [0.5, NaN, 0.7] }]}
      />,
    );
    const legend = renderToStaticMarkup(
      <LegendMarks
        width={120}
        height={200}
        quantity={accuracy}
        scale={sequentialScale([0.5, 0.7], 0.04)}
        values={[0.5, 0.7, NaN]}
        current={{ value: NaN }}
      />,
    );
    const projection = renderToStaticMarkup(
      <ProjectionMarks
        width={100}
        height={100}
        points={[0, 0, 1, 1]}
        labels={[0, 1]}
        classes={['x', 'y', 'unseen']}
        sample={null}
        answer={-1}
      />,
    );
    for (const html of [curves, legend, projection]) expect(html).not.toContain('NaN');
    expect(count(projection, /class="place"/g)).toBe(2);
  });
});
