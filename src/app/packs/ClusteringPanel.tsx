import { useCallback, useMemo, useState } from 'react';
import { AlignmentMatrix, type MatrixData } from '../../charts/AlignmentMatrix';
import { sequentialScale } from '../../charts/colour';
import { fileStem } from '../../charts/export';
import { plain, showUnit, signedInteger, type Quantity } from '../../charts/format';
import { argmax, type Cell } from '../../charts/grid';
import { Legend } from '../../charts/Legend';
import { MatrixFigure, matrixFigureSize } from '../../charts/MatrixFigure';
import { SliderChart, speakPoint } from '../../charts/SliderChart';
import { valueRange, type SliderPoint } from '../../charts/sliders';
import { strategyPairs } from '../../math/skew';
import { clusteringKey, CLUSTERS, type ClusteringState } from '../../store/overview';
import { useActions, useApp } from '../../store/react';
import { layers, scene, valueOf } from '../../store/selectors';
import { version } from '../../../package.json';
import { ExportMenu } from '../ExportMenu';
import type { Figure } from '../figure-notes';
import { tickSkews } from '../panels/StrategyPanel';

type Index = 'silhouette' | 'calinskiHarabasz' | 'daviesBouldin';

const indices: Record<Index, Quantity> = {
  silhouette: plain('silhouette', 3),
  calinskiHarabasz: plain('Calinski–Harabasz', 1),
  daviesBouldin: { ...plain('Davies–Bouldin', 3), lowerIsBetter: true },
};

/** The paper's clustering view: how well each pair of layers separates the evaluation samples without their labels. */
export function ClusteringPanel() {
  const now = useApp(scene);
  const load = useApp((s) => s.clustering);
  const key = useApp(clusteringKey);
  const running = useApp((s) => s.clusteringRunning);
  const { runClustering, stopClustering } = useActions();
  const [index, setIndex] = useState<Index>('silhouette');
  if (!now) return null;
  const value = valueOf(load);
  const found = value?.key === key ? value : null;
  return (
    <section className="panel alignment clustering" aria-labelledby="clustering-title">
      <header>
        <h2 id="clustering-title">Clusters without labels: {now.pack.title}</h2>
        <p className="sub">
          k-means, {CLUSTERS} clusters, on both layers’ standardised states side by side
          {found?.n ? `; ${found.n} evaluation samples` : ''}
        </p>
        <select
          aria-label="Index of the clustering"
          value={index}
          onChange={(event) => setIndex(event.target.value as Index)}
        >
          {Object.entries(indices).map(([id, q]) => (
            <option key={id} value={id}>
              {q.name}
              {q.lowerIsBetter ? ', less is better' : ''}
            </option>
          ))}
        </select>
        <button type="button" className="btn small" onClick={running ? stopClustering : runClustering}>
          {running ? 'Stop' : found ? 'Run again' : 'Cluster all pairs'}
        </button>
      </header>
      {load.state === 'failed' ? (
        <p className="problem" role="alert">
          {load.message}
        </p>
      ) : null}
      {running && found ? (
        <progress max={found.total} value={found.done} aria-label="Pairs of layers clustered" />
      ) : null}
      {found ? (
        <Found found={found} index={index} />
      ) : (
        <p className="fine">
          {running
            ? 'Waiting for: the first pair.'
            : 'The paper compares two texts by how well their fused states cluster. This computes the same three indices for every pair of layers of the pack in use, in the worker; pairs appear as they are done.'}
        </p>
      )}
    </section>
  );
}

function Found({ found, index }: { found: ClusteringState; index: Index }) {
  const now = useApp(scene);
  const l = useApp(layers);
  const [chosen, setChosen] = useState<Cell | null>(null);
  const [focus, setFocus] = useState<Cell | null>(null);
  const [peek, setPeek] = useState<number | null>(null);
  const q = indices[index];
  const values = found[index];
  const at = focus ?? chosen ?? { i: l?.la ?? 1, j: l?.lb ?? 1 };
  const data = useMemo((): MatrixData | null => {
    if (!now || !l) return null;
    const mark = chosen ?? { i: l.la, j: l.lb };
    return {
      la: l.la,
      lb: l.lb,
      a: now.a,
      b: now.b,
      quantity: q,
      values,
      scale: sequentialScale(values, 0.01, q.lowerIsBetter),
      margins: null,
      mask: [mark],
      diagonal: mark,
    };
  }, [now, l, q, values, chosen]);
  const describe = useCallback(
    ({ i, j }: Cell) => {
      const value = values[(i - 1) * (l?.lb ?? 1) + j - 1];
      return `A layer ${i}, B layer ${j}: ${Number.isFinite(value) ? `${q.name} ${showUnit(q, value)}` : 'not computed yet'}`;
    },
    [values, q, l],
  );
  const back = useCallback(() => setChosen(null), []);
  if (!data || !now || !l) return null;
  const valueAt = ({ i, j }: Cell): number => values[(i - 1) * l.lb + j - 1];
  const points: SliderPoint[] = Array.from({ length: l.la + l.lb - 1 }, (_, n) => {
    const d = n - (l.la - 1);
    const [pair] = strategyPairs({ d, k: 1 }, l.la, l.lb);
    return { at: d, value: valueAt(pair), lo: NaN, hi: NaN };
  });
  const d = at.i - l.la - (at.j - l.lb);
  const late = { label: 'late', value: valueAt({ i: l.la, j: l.lb }), dash: 'dashed' as const };
  const best = argmax(Array.from(values, (v) => (q.lowerIsBetter ? -v : v)));
  const value = valueAt(at);
  const figure: Figure = {
    stem: fileStem('skewscope', now.pack.id, 'clustering', index),
    notes: {
      title: `Clusters without labels, ${q.name}`,
      caption: `k-means with ${CLUSTERS} clusters (the best of 4 starts) on the standardised states of both layers side by side, ${found.n} evaluation samples of the pack ${now.pack.title}.`,
      axes: [
        `A: ${now.a.label} (${now.a.family}), layer i = 1..${l.la}`,
        `B: ${now.b.label} (${now.b.family}), layer j = 1..${l.lb}`,
      ],
      seed: 0,
      versions: `Skewscope ${version}`,
    },
    ...matrixFigureSize(l.la, l.lb),
    marks: <MatrixFigure {...data} current={{ value }} />,
    table: {
      columns: ['layer_a', 'layer_b', 'skew', ...Object.keys(indices)],
      rows: Array.from(values, (_, n) => {
        const cell = { i: Math.floor(n / l.lb) + 1, j: (n % l.lb) + 1 };
        const skew = cell.i - l.la - (cell.j - l.lb);
        return [cell.i, cell.j, skew, ...(Object.keys(indices) as Index[]).map((id) => found[id][n])];
      }),
    },
  };
  return (
    <>
      <div className="clustering-parts">
        <div className="matrix-and-readout">
          <AlignmentMatrix
            {...data}
            label={`Clusters by pair of layers, ${q.name}`}
            describe={describe}
            at={at}
            onFocus={setFocus}
            onChoose={setChosen}
            onBack={back}
          />
          <aside className="readout" aria-label="Read-out of the pair">
            <div className="readout-who">
              <p className="readout-kind">pair</p>
              <p className="readout-pair">
                (<span className="a">{at.i}</span>, <span className="b">{at.j}</span>)
              </p>
            </div>
            <dl>
              {(Object.keys(indices) as Index[]).map((id) => (
                <Row
                  key={id}
                  q={indices[id]}
                  value={found[id][(at.i - 1) * l.lb + at.j - 1]}
                  strong={id === index}
                />
              ))}
              <dt>skew d</dt>
              <dd>{signedInteger(d)}</dd>
            </dl>
            <Legend scale={data.scale} quantity={q} values={values} current={{ value }} />
            <p className="caution">
              {best === (at.i - 1) * l.lb + at.j - 1
                ? `Best of ${values.length}, picked on this very set.`
                : ''}
            </p>
          </aside>
        </div>
        <div className="slider-charts one">
          <SliderChart
            label={`Skew d, ${q.name}, one pair`}
            from={-(l.la - 1)}
            to={l.lb - 1}
            at={peek ?? d}
            valueText={speakPoint(
              `skew ${signedInteger(d)}`,
              q,
              points.find((p) => p.at === d),
            )}
            points={points}
            lines={[late]}
            range={valueRange(points, [late], 0)}
            quantity={q}
            ticks={tickSkews(l.la, l.lb)}
            format={signedInteger}
            axis={{ name: 'skew d', from: '‹ B deeper', to: 'A deeper ›' }}
            numbers
            names
            onChange={(next) => setChosen(strategyPairs({ d: next, k: 1 }, l.la, l.lb)[0])}
            onPeek={setPeek}
          />
        </div>
      </div>
      <p className="fine">
        Anchored at the last layers, as everything of ours; the published text × text sweep is anchored at the
        first, so compare shapes and not d. The indices need no labels and no fusion head: they say how the
        states lie, not what fusing them predicts. <ExportMenu figure={figure} what="the clustering" />
      </p>
    </>
  );
}

function Row({ q, value, strong }: { q: Quantity; value: number; strong: boolean }) {
  return (
    <>
      <dt>{q.name}</dt>
      <dd className={strong ? 'key' : undefined}>{Number.isFinite(value) ? showUnit(q, value) : '–'}</dd>
    </>
  );
}
