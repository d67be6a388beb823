import { useId } from 'react';
import { FrequencyLegend, MaskChart } from '../../charts/MaskChart';
import { count, fixed, showInterval, showUnit } from '../../charts/format';
import { useActions, useApp } from '../../store/react';
import { layers, maskPairs, scene, valueOf } from '../../store/selectors';
import { pairIndex } from '../../math/skew';
import { useShownTheme } from '../chrome/theme';
import { ExportMenu } from '../ExportMenu';
import { Waiting } from '../Waiting';
import { etaText, quantityOf, shortNames } from '../words';

/** Which pairs are among the K best again and again, and the mask that follows. */
export function MaskPanel() {
  const l = useApp(layers);
  const bootstrap = useApp((s) => s.bootstrap);
  return (
    <section className="panel mask-panel" aria-labelledby="mask-title">
      <header>
        <h2 id="mask-title">Sparsity mask</h2>
        <p className="sub">how often a pair is among the K best on validation</p>
        <ExportMenu figure="mask" what="the selection frequencies and the mask" />
      </header>
      {l ? <Body /> : null}
      {bootstrap.state === 'failed' ? <Waiting load={bootstrap} /> : null}
    </section>
  );
}

function Body() {
  const l = useApp(layers);
  const now = useApp(scene);
  const progress = useApp((s) => valueOf(s.bootstrap));
  const running = useApp((s) => s.bootstrapRunning);
  const pairs = useApp(maskPairs);
  const maskK = useApp((s) => s.maskK);
  const tau = useApp((s) => s.maskTau);
  const dark = useShownTheme() === 'dark';
  const { setMask, runBootstrap, stopBootstrap } = useActions();
  const [idK, idTau] = [useId(), useId()];
  if (!l || !now) return null;
  const inside = new Array<boolean>(l.la * l.lb).fill(false);
  for (const pair of pairs) inside[pairIndex(pair, l.lb)] = true;
  const most = Math.min(l.la * l.lb, 36);
  const [done, total] = [progress?.done ?? 0, progress?.total ?? 1000];
  const complete = progress !== null && done >= total;
  return (
    <div className="mask-body">
      <figure>
        <MaskChart
          {...l}
          frequency={progress?.frequency ?? null}
          mask={inside}
          dark={dark}
          label={`Selection frequency of the ${l.la * l.lb} layer pairs, ${now.a.label} by ${now.b.label}. ${pairs.length} pairs reach ${fixed(tau, 2)}: ${
            pairs.map(({ i, j }) => `${i}, ${j}`).join('; ') || 'none'
          }`}
        />
      </figure>
      <div className="mask-side">
        <div className="ctl">
          <label htmlFor={idK}>K best</label>
          <input
            id={idK}
            type="range"
            min={1}
            max={most}
            value={maskK}
            onChange={(event) => setMask(Number(event.target.value), tau)}
          />
          <output htmlFor={idK}>{maskK}</output>
        </div>
        <div className="ctl">
          <label htmlFor={idTau}>τ</label>
          <input
            id={idTau}
            type="range"
            min={5}
            max={100}
            value={Math.round(100 * tau)}
            aria-label="Threshold τ of the selection frequency"
            aria-valuetext={fixed(tau, 2)}
            onChange={(event) => setMask(maskK, Number(event.target.value) / 100)}
          />
          <output htmlFor={idTau}>{fixed(tau, 2)}</output>
        </div>
        <FrequencyLegend tau={tau} dark={dark} />
        <Reached pairs={pairs.length} layers={Math.min(l.la, l.lb)} />
        <div className="mask-progress">
          <progress max={total} value={done} aria-label="Bootstrap resamples" />
          <span>
            {count(done)} / {count(total)}
          </span>
          <button type="button" className="btn small" onClick={running ? stopBootstrap : runBootstrap}>
            {running ? 'Stop' : complete || done === 0 ? 'Run again' : 'Start over'}
          </button>
        </div>
      </div>
    </div>
  );
}

/** The mask's η and what its ensemble of pair heads reaches on test. */
function Reached({ pairs, layers: size }: { pairs: number; layers: number }) {
  const now = useApp(scene);
  const reached = useApp((s) => s.maskMetric);
  const value = valueOf(reached);
  const q = quantityOf(now?.task.metric ?? 'accuracy');
  const shown = value && value.pairs === pairs ? value : null;
  return (
    <>
      <dl>
        <dt>mask</dt>
        <dd className="key">
          {pairs} {pairs === 1 ? 'pair' : 'pairs'}
        </dd>
        <dt>η</dt>
        <dd>{etaText(pairs, size)}</dd>
        <dt>{shortNames[q.name] ?? q.name}</dt>
        <dd>{pairs === 0 ? 'none' : shown ? showUnit(q, shown.value) : '…'}</dd>
        <dt>95 %</dt>
        <dd>{pairs === 0 ? 'none' : shown ? showInterval(q, shown) : '…'}</dd>
      </dl>
      <p className="fine">
        {reached.state === 'failed' ? reached.message : 'test set, ensemble of pair heads'}
      </p>
    </>
  );
}
