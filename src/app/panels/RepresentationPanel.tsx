import { ProjectionChart } from '../../charts/ProjectionChart';
import { argmax } from '../../charts/grid';
import { useActions, useApp } from '../../store/react';
import { layers, scene, strategyPairsNow, valueOf } from '../../store/selectors';
import type { AppState } from '../../store/state';
import { ExportMenu } from '../ExportMenu';
import { Segmented } from '../Segmented';
import { Waiting } from '../Waiting';
import { predictionModel } from './prediction-model';

const methods: { id: AppState['projectionMethod']; label: string; title: string }[] = [
  { id: 'pca', label: 'PCA', title: 'Principal components: linear, distances mean something' },
  { id: 'umap', label: 'UMAP', title: 'UMAP: neighbourhoods mean something, distances do not' },
];

/** Where the person's sample falls among the evaluation samples, in the layers that the strategy fuses first. */
export function RepresentationPanel() {
  const now = useApp(scene);
  const method = useApp((s) => s.projectionMethod);
  const count = useApp((s) => {
    const projection = valueOf(s.projections.a);
    return projection ? projection.labels.length : null;
  });
  const given = useApp((s) => s.outputs.state === 'ready');
  const { setProjectionMethod } = useActions();
  return (
    <section className="panel representation" aria-labelledby="representation-title">
      <header>
        <h2 id="representation-title">Representation</h2>
        <p className="sub">
          {count === null ? '' : `${given ? 'your sample among ' : ''}${count} evaluation samples`}
        </p>
        <Segmented label="Projection" options={methods} value={method} onChange={setProjectionMethod} />
        <ExportMenu figure="projection" what="the projections" />
      </header>
      {now ? (
        <div className="maps">
          <Map where="a" />
          <Map where="b" />
          <Map where="fused" />
        </div>
      ) : null}
    </section>
  );
}

function Map({ where }: { where: 'a' | 'b' | 'fused' }) {
  const load = useApp((s) => s.projections[where]);
  const pairs = useApp(strategyPairsNow);
  const now = useApp(scene);
  const l = useApp(layers);
  const model = useApp(predictionModel);
  const projection = valueOf(load);
  const first = pairs[0];
  if (!now || !l || !first) return null;
  const row = model?.rows.find((r) => r.id === (where === 'fused' ? 'strategy' : where));
  const says = row?.probabilities ? argmax(row.probabilities) : -1;
  const title =
    where === 'fused'
      ? pairs.length > 1
        ? `fused, ${pairs.length} pairs`
        : `fused (${first.i}, ${first.j})`
      : `${where.toUpperCase()} layer ${where === 'a' ? first.i : first.j}`;
  const axes = projection?.explained
    ? `, ${Math.round(100 * (projection.explained[0] + projection.explained[1]))} % of the variance`
    : '';
  return (
    <figure className={where}>
      <figcaption title={title + axes}>
        <b>{title.split(' ')[0].replace(',', '')}</b>
        {title.slice(title.split(' ')[0].replace(',', '').length)}
      </figcaption>
      {projection ? (
        <ProjectionChart
          points={projection.points}
          labels={projection.labels}
          classes={now.task.classes}
          sample={projection.sample}
          answer={model?.answer ?? -1}
          label={`${title}: ${projection.method === 'pca' ? 'principal components' : 'UMAP'} of ${projection.labels.length} evaluation samples${axes}${
            projection.sample && says >= 0
              ? `; your sample is marked, and ${title.split(' ')[0]} says ${now.task.classes[says]}`
              : ''
          }`}
        />
      ) : (
        <div className="projection">
          <Waiting load={load} />
        </div>
      )}
    </figure>
  );
}
