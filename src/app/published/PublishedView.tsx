import { useMemo, useState } from 'react';
import { CurvesChart } from '../../charts/CurvesChart';
import { plain, share } from '../../charts/format';
import { Segmented } from '../Segmented';
import { ExportMenu } from '../ExportMenu';
import { remarks } from './contradictions';
import { probesFigure } from './figures';
import { OursBeside } from './OursBeside';
import { PublishedMatrix } from './PublishedMatrix';
import { PublishedSweepPanel } from './PublishedSweepPanel';
import { source, tasks, type PublishedTask } from './results';
import './published.css';

/** The paper's own figures in the instrument's charts, and where they do not agree with one another. */
export default function PublishedView() {
  const [id, setId] = useState('audio-video');
  const task = tasks.find((t) => t.id === id) ?? tasks[0];
  return (
    <>
      <header className="page-head">
        <h2>Published results</h2>
        <Segmented
          label="Task of the paper"
          options={tasks.map((t) => ({ id: t.id, label: t.title, title: t.dataset }))}
          value={task.id}
          onChange={setId}
        />
        <p className="fine">
          {source}. Not results of Skewscope.{' '}
          <a href="https://doi.org/10.21203/rs.3.rs-5208094/v1" rel="noreferrer" target="_blank">
            The paper
          </a>
        </p>
      </header>
      <div className="published" key={task.id}>
        <PublishedMatrix task={task} />
        <div className="published-side">
          <PublishedSweepPanel task={task} />
          <OursBeside anchor={task.sweeps[0].anchor} />
        </div>
        <Probes task={task} />
        <Remarks task={task} />
      </div>
    </>
  );
}

function Probes({ task }: { task: PublishedTask }) {
  const series = useMemo(
    () =>
      task.probes && [
        {
          id: 'a',
          label: `A ${task.a.family}`,
          tone: 'a' as const,
          values: task.probes.a.map((v) => v / 100),
        },
        {
          id: 'b',
          label: `B ${task.b.family}`,
          tone: 'b' as const,
          values: task.probes.b.map((v) => v / 100),
        },
      ],
    [task],
  );
  return (
    <section className="panel" aria-labelledby="published-probes">
      <header>
        <h2 id="published-probes">{task.probes ? 'Single layers' : 'Pairs of equal layers'}</h2>
        <p className="sub">
          {task.probes ? `${task.probes.metric}, each modality alone` : 'silhouette of (ℓ, ℓ), the large run'}
        </p>
        {task.probes ? <ExportMenu figure={probesFigure(task)} what="the single-layer curves" /> : null}
      </header>
      {series && task.probes ? (
        <CurvesChart
          series={series}
          quantity={share(task.probes.metric)}
          label={`${task.probes.metric} by layer. A, ${task.a.family}: ${task.probes.a.join(', ')}. B, ${task.b.family}: ${task.probes.b.join(', ')}.`}
        />
      ) : (
        <Diagonal task={task} />
      )}
    </section>
  );
}

/** Of two clustered texts no single layer was published, but every pair (ℓ, ℓ) was. */
function Diagonal({ task }: { task: PublishedTask }) {
  const silhouettes = task.diagonal?.map(([, silhouette]) => silhouette) ?? [];
  return (
    <CurvesChart
      series={[{ id: 'diagonal', label: 'pair (ℓ, ℓ)', tone: 'own', values: silhouettes }]}
      quantity={plain('silhouette', 3)}
      label={`Silhouette of the pairs of equal layers, from layer 1: ${silhouettes.map((v) => v.toFixed(3)).join(', ')}.`}
    />
  );
}

function Remarks({ task }: { task: PublishedTask }) {
  const list = useMemo(() => remarks(task), [task]);
  return (
    <section className="panel remarks" aria-labelledby="published-remarks">
      <header>
        <h2 id="published-remarks">What to know when comparing</h2>
      </header>
      <ul>
        {list.map((text) => (
          <li key={text}>{text}</li>
        ))}
        <li>
          The published attention runs over the batch, so a prediction depends on its neighbours; there are no
          seeds and no intervals. Ours attends within the sample, is seeded, chosen on validation and reported
          on test with intervals.
        </li>
      </ul>
    </section>
  );
}
