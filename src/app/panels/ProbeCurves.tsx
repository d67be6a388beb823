import { CurvesChart } from '../../charts/CurvesChart';
import { showUnit } from '../../charts/format';
import { useApp } from '../../store/react';
import { layers, scene, valueOf } from '../../store/selectors';
import { ExportMenu } from '../ExportMenu';
import { quantityOf } from '../words';

/** How good each encoder's states are on their own, layer by layer. */
export function ProbeCurves() {
  const l = useApp(layers);
  const figures = useApp((s) => valueOf(s.figures));
  const now = useApp(scene);
  if (!l || !figures || !now) return null;
  const q = quantityOf(figures.metric);
  const part = (from: number, count: number) => ({
    values: figures.value.subarray(from, from + count),
    lo: figures.lo.subarray(from, from + count),
    hi: figures.hi.subarray(from, from + count),
  });
  return (
    <section className="panel" aria-labelledby="probes-title">
      <header>
        <h2 id="probes-title">Probes by layer</h2>
        <p className="sub">{q.name} of each modality alone</p>
        <ExportMenu figure="probes" what="the probes by layer" />
      </header>
      <CurvesChart
        label={`${q.name} of the probes by layer: A from ${showUnit(q, figures.value[0])} at layer 1 to ${showUnit(q, figures.value[l.la - 1])} at layer ${l.la}; B from ${showUnit(q, figures.value[l.la])} to ${showUnit(q, figures.value[l.la + l.lb - 1])}`}
        quantity={q}
        series={[
          { id: 'a', label: `A ${now.a.label}`, tone: 'a', ...part(0, l.la) },
          { id: 'b', label: `B ${now.b.label}`, tone: 'b', ...part(l.la, l.lb) },
        ]}
      />
    </section>
  );
}
