import { showInterval, showUnit, signedInteger, type Interval } from '../../charts/format';
import { scoreSumModel } from '../../store/models';
import { useActions, useApp } from '../../store/react';
import { figureOf, layers, references, scene, valueOf } from '../../store/selectors';
import {
  conditionWords,
  differenceOf,
  differenceText,
  flatness,
  scoreSumVerdict,
  intervalNote,
  pairedByLabel,
  quantityOf,
} from '../words';
import { ProbeCurves } from '../panels/ProbeCurves';
import { Segmented } from '../Segmented';
import { Waiting } from '../Waiting';
import '../table.css';
import './card.css';

/** The pack's card: what it is, what it was made of, what it may be used for, and its figures. */
export default function CardView() {
  const now = useApp(scene);
  const pack = useApp((s) => s.pack);
  if (!now)
    return (
      <div className="panel">
        <Waiting load={pack} idle="No pack is loaded." />
      </div>
    );
  const { pack: p } = now;
  const bytes = (when: 'first' | 'lazy'): string =>
    `${(p.files.filter((f) => f.when === when).reduce((sum, f) => sum + f.bytes, 0) / 1e6).toFixed(1)} MB`;
  return (
    <article className="card" aria-labelledby="card-title">
      <header className="page-head">
        <h2 id="card-title">{p.title}</h2>
        <p>{p.question}</p>
      </header>
      <div className="card-grid">
        <section className="panel" aria-labelledby="card-use">
          <header>
            <h2 id="card-use">What it is for</h2>
          </header>
          <p>{p.card?.use ?? 'The pack does not say.'}</p>
          <h3>Limits</h3>
          <ul>
            {(p.card?.limits ?? ['The pack names none.']).map((text) => (
              <li key={text}>{text}</li>
            ))}
            {now.pairing.paired === 'by-label' ? <li>{pairedByLabel}</li> : null}
          </ul>
        </section>
        <Figures />
        <ProbeCurves />
        <section className="panel" aria-labelledby="card-encoders">
          <header>
            <h2 id="card-encoders">Encoders and conditions</h2>
          </header>
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">modality</th>
                <th scope="col" className="left">
                  encoder
                </th>
                <th scope="col">layers</th>
                <th scope="col">width</th>
                <th scope="col">pooling</th>
              </tr>
            </thead>
            <tbody>
              {p.modalities.map((m) => (
                <tr key={m.id}>
                  <th scope="row">{m.label}</th>
                  <td className="left">{m.family}</td>
                  <td>{m.layers}</td>
                  <td>{m.width}</td>
                  <td>{m.pooling}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <h3>Conditions</h3>
          <ul>
            {p.conditions.map((c) => (
              <li key={c.id}>
                <b>{c.id}</b>: {conditionWords(c)}
              </li>
            ))}
          </ul>
          <h3>Splits</h3>
          <ul>
            <li>Test: {p.splits.test}</li>
            <li>Validation: {p.splits.validation}</li>
          </ul>
          <p className="fine">
            {p.files.length} {p.files.length === 1 ? 'file' : 'files'}: {bytes('first')} for the first
            prediction, {bytes('lazy')} when a view needs it. Training seed {p.training.seed}.
          </p>
        </section>
        <section className="panel" aria-labelledby="card-data">
          <header>
            <h2 id="card-data">Data and licences</h2>
          </header>
          <ul>
            {p.data.map((d) => (
              <li key={d.name}>
                <b>{d.name}</b>, {d.licence}.{' '}
                {d.url && /^https:\/\//.test(d.url) ? (
                  <a href={d.url} rel="noreferrer" target="_blank">
                    {d.citation}
                  </a>
                ) : (
                  d.citation
                )}
              </li>
            ))}
          </ul>
          <p>
            Licence of the pack: <b>{p.licence}</b>. The samples themselves are not in it.
          </p>
        </section>
      </div>
    </article>
  );
}

/** The figures of the condition that is chosen; both conditions are one step away and have equal place. */
function Figures() {
  const now = useApp(scene);
  const l = useApp(layers);
  const known = useApp(references);
  const load = useApp((s) => s.figures);
  const record = useApp((s) => valueOf(s.record));
  const { chooseCondition } = useActions();
  const figures = valueOf(load);
  if (!now) return null;
  const q = quantityOf(figures?.metric ?? now.task.metric);
  const rows: { label: string; figure: Interval }[] =
    figures && known && l
      ? [
          ...(known.ssfn ? [{ label: `SSFN, d = ${signedInteger(known.ssfn.d)}`, figure: known.ssfn }] : []),
          { label: 'late', figure: known.late },
          { label: 'pairwise', figure: known.pairwise },
          { label: 'score sum', figure: figureOf(figures, scoreSumModel(l)) },
          { label: `A alone, layer ${figures.bestProbes.a}`, figure: known.a },
          { label: `B alone, layer ${figures.bestProbes.b}`, figure: known.b },
        ]
      : [];
  return (
    <section className="panel" aria-labelledby="card-figures">
      <header>
        <h2 id="card-figures">Figures on the test set</h2>
        <p className="sub">{conditionWords(now.condition)}</p>
        <Segmented
          label="Condition"
          options={now.pack.conditions.map((c) => ({ id: c.id, label: c.id, title: conditionWords(c) }))}
          value={now.condition.id}
          onChange={chooseCondition}
        />
      </header>
      {rows.length ? (
        <>
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">model</th>
                <th scope="col">{q.name}</th>
                <th scope="col">95 %</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.label}>
                  <th scope="row">{row.label}</th>
                  <td>
                    <b>{showUnit(q, row.figure.value)}</b>
                  </td>
                  <td>{showInterval(q, row.figure)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {figures && record ? (
            <p className="fine">
              {known?.ssfn && known.ssfn.d !== 0
                ? `SSFN − late ${differenceText(differenceOf(figures.metric, ''), figures.ssfnMinusLate)}, paired. `
                : known?.ssfn
                  ? 'On validation the best skew is 0: SSFN is late fusion here. '
                  : ''}
              {known?.ssfn && l ? scoreSumVerdict(known.ssfn.value, figures.value[scoreSumModel(l)], q) : ''}{' '}
              {intervalNote(figures.n, figures.resamples, record.unitName)}. SSFN’s skew and the two probes
              were chosen on validation.
              {figures.overLate && l ? ` ${flatness(figures.overLate, l.la * l.lb)}` : ''}
            </p>
          ) : null}
        </>
      ) : (
        <Waiting load={load} idle="Waiting for the evaluation record." />
      )}
    </section>
  );
}
