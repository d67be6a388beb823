import { useMemo, useState } from 'react';
import { showInterval, showUnit, signedInteger } from '../../charts/format';
import { SliderChart, speakPoint } from '../../charts/SliderChart';
import { valueRange, type SliderPoint } from '../../charts/sliders';
import { headModel, strategyHead } from '../../store/models';
import { useApp } from '../../store/react';
import { figureOf, layers, references, scene, valueOf } from '../../store/selectors';
import { tickSkews } from '../panels/StrategyPanel';
import { intervalNote, leastSpan, quantityOf } from '../words';
import type { PublishedSweep } from './results';

/** Our own sweep at η = 1/12, of the pack that is loaded, in the same chart: shapes compare, values do not. */
export function OursBeside({ anchor }: { anchor: PublishedSweep['anchor'] }) {
  const l = useApp(layers);
  const figures = useApp((s) => valueOf(s.figures));
  const record = useApp((s) => valueOf(s.record));
  const known = useApp(references);
  const now = useApp(scene);
  const [d, setD] = useState(0);
  const [peek, setPeek] = useState<number | null>(null);
  const points = useMemo((): SliderPoint[] => {
    if (!l || !figures) return [];
    return Array.from({ length: l.la + l.lb - 1 }, (_, n) => {
      const at = n - (l.la - 1);
      return { at, ...figureOf(figures, headModel(strategyHead({ kind: 'skew', d: at, k: 1 }, l), l)) };
    });
  }, [l, figures]);
  if (!l || !figures || !known || !now) return null;
  const q = quantityOf(figures.metric);
  const lines = [
    { label: 'pairwise', value: known.pairwise.value, dash: 'dotted' as const },
    { label: 'late', value: known.late.value, dash: 'dashed' as const },
  ];
  const shown = points.find((p) => p.at === (peek ?? d));
  return (
    <section className="panel published-sweep" aria-labelledby="ours-beside">
      <header>
        <h2 id="ours-beside">Ours: {now.pack.title}</h2>
        <p className="sub">
          d = {signedInteger(peek ?? d)}{' '}
          {shown ? (
            <>
              <b>{showUnit(q, shown.value)}</b> 95 % {showInterval(q, shown)}
            </>
          ) : null}
        </p>
      </header>
      <div className="slider-charts one">
        <SliderChart
          label={`Skew d of our own sweep, ${q.name}, one fused pair`}
          from={-(l.la - 1)}
          to={l.lb - 1}
          at={d}
          valueText={speakPoint(
            `skew ${signedInteger(d)}`,
            q,
            points.find((p) => p.at === d),
          )}
          points={points}
          lines={lines}
          range={valueRange(points, lines, leastSpan(q))}
          quantity={q}
          ticks={tickSkews(l.la, l.lb)}
          format={signedInteger}
          axis={{ name: 'skew d', from: '‹ B deeper', to: 'A deeper ›' }}
          numbers
          names
          onChange={setD}
          onPeek={setPeek}
        />
      </div>
      <p className="fine">
        One fused pair, {now.condition.id} condition
        {record ? `; ${intervalNote(figures.n, figures.resamples, record.unitName)}` : ''}. Other data and
        other encoders: compare the shapes, not the values
        {anchor === 'first'
          ? '; and not by d, since the published text × text sweep starts at the first layers, ours at the last'
          : ''}
        .
      </p>
    </section>
  );
}
