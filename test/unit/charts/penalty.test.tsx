import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { dropCurves, forestOf, metricsIn, penaltyGroups, variantLabel } from '../../../src/app/penalty/model';
import { forestGeometry, forestHeight, forestSizes, isBeyond } from '../../../src/charts/forest';
import { ForestMarks } from '../../../src/charts/ForestChart';
import { points, share } from '../../../src/charts/format';
import { LegendMarks } from '../../../src/charts/Legend';
import { sequentialScale } from '../../../src/charts/colour';
import { StepsMarks } from '../../../src/charts/StepsChart';
import { madePenalty } from '../../fixtures/tiny-pack/penalty';

const made = madePenalty({ whole: { kl: 0.05, f: 0, wasserstein: -0.05 } });
const scope = { pairing: 'video-audio', task: 'digit', metric: 'accuracy', condition: 'clean' } as const;
const count = (html: string, pattern: RegExp): number => html.match(pattern)?.length ?? 0;

describe('differences around zero', () => {
  const groups = forestOf(penaltyGroups(made, scope));
  it('are grouped by strategy, one for each penalty', () => {
    expect(groups.map(({ name }) => name)).toEqual(['SSFN, d = +1', 'late', 'pairwise']);
    for (const { rows } of groups)
      expect(rows.map(({ label, detail }) => `${label} ${detail}`)).toEqual([
        'KL λ .3',
        'f λ .1',
        'Wasserstein λ .03',
      ]);
  });
  it('lie on one linear scale, rows evenly below one another', () => {
    const { x, placed, foot } = forestGeometry(groups, 500, 0.01);
    const rows = placed.flatMap((group) => group.rows);
    for (const { x: at, lo, hi, difference } of rows) {
      expect(at).toBeCloseTo(x(0) + (difference.value / 0.01) * (x(0.01) - x(0)), 9);
      expect(lo).toBeLessThan(at);
      expect(hi).toBeGreaterThan(at);
      expect(lo).toBeGreaterThanOrEqual(forestSizes.left);
      expect(hi).toBeLessThanOrEqual(500 - forestSizes.right);
    }
    expect(placed[0].rows[1].y - placed[0].rows[0].y).toBe(forestSizes.row);
    expect(foot).toBe(3 * forestSizes.head + 9 * forestSizes.row);
    expect(forestHeight(groups)).toBe(foot + forestSizes.foot);
  });
  it('reach at least a point to each side, so that noise does not look large', () => {
    const flat = [
      { name: 'late', rows: [{ label: 'KL', detail: '', difference: { value: 0, lo: -1e-4, hi: 1e-4 } }] },
    ];
    const { x } = forestGeometry(flat, 500, 0.01);
    expect(x.domain()).toEqual([-0.01, 0.01]);
  });
  it('are filled where zero is outside the interval', () => {
    const beyond = groups.flatMap(({ rows }) => rows).filter(({ difference }) => isBeyond(difference)).length;
    expect(beyond).toBe(6);
    const html = renderToStaticMarkup(
      <svg>
        <ForestMarks groups={groups} quantity={points('difference')} least={0.01} width={500} />
      </svg>,
    );
    expect(count(html, /class="dot"/g)).toBe(6);
    expect(count(html, /class="dot hollow"/g)).toBe(3);
    expect(html).not.toContain('NaN');
  });
});

describe('a modality that goes', () => {
  const curves = dropCurves(made, scope, 'b', 'late');
  it('has its steps in order, from whole to noise alone, and its means apart', () => {
    expect(curves.at).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(curves.rows.map(({ label }) => label)).toEqual(['no penalty', 'KL', 'f', 'Wasserstein']);
    for (const { steps, means, variant } of curves.rows) {
      expect(steps.map((row) => row?.drop?.share ?? 0)).toEqual(curves.at);
      expect(steps[0]?.drop).toBeNull();
      for (const row of [...steps, means])
        expect(row).toMatchObject({ strategy: 'late', variant, condition: 'clean', metric: 'accuracy' });
      expect(means?.drop).toEqual({ modality: 'b', by: 'means', share: 1 });
    }
  });
  it('is drawn without holes where a step was not measured', () => {
    const [first, ...rest] = curves.series;
    const series = [
      { ...first, steps: first.steps.map((step, n) => (n === 2 ? null : step)), end: null },
      ...rest,
    ];
    const html = renderToStaticMarkup(
      <svg>
        <StepsMarks
          at={curves.at}
          axis="noise"
          endName="means"
          series={series}
          quantity={share('accuracy')}
          width={500}
          height={300}
        />
      </svg>,
    );
    // 4 series of 5 steps and the means, less two, and one mark each in the key
    expect(count(html, /class="dot"/g)).toBe(4 * 6 - 2 + 4);
    expect(html).not.toContain('NaN');
  });
  it('has nothing where the file has nothing of it', () => {
    expect(dropCurves(made, { ...scope, task: 'other' }, 'a', 'ssfn')).toEqual({
      at: [],
      rows: [],
      series: [],
    });
    expect(penaltyGroups(made, { ...scope, condition: 'other' })).toEqual([]);
    expect(metricsIn(made, 'digit')).toEqual(['accuracy', 'log-loss']);
    expect(variantLabel(made, 'none')).toBe('no penalty');
  });
});

describe('the ceiling in the legend', () => {
  const legend = (values: number[], value: number) =>
    renderToStaticMarkup(
      <svg>
        <LegendMarks
          scale={sequentialScale(values, 0.1)}
          quantity={{ name: 'KL', unit: ' nats', scale: 1, decimals: 2, signed: false }}
          values={values}
          current={{ value: values[0] }}
          limit={{ value, name: 'ln 10' }}
          unit="nats"
          width={140}
          height={200}
        />
      </svg>,
    );
  it('is named, with its value where the bar does not reach it', () => {
    const html = legend([0.2, 0.8], Math.log(10));
    expect(html).toContain('ln 10');
    expect(html).toContain('2.30');
    expect(html).toContain('nats');
    expect(html).not.toContain('NaN');
  });
  it('stands on the bar where it reaches it', () => {
    const html = legend([0.2, 3], Math.log(10));
    expect(html).toContain('ln 10');
    expect(html).not.toContain('>2.30<');
  });
});
