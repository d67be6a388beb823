import { useEffect, useMemo, useState } from 'react';
import { CurvesChart } from '../../charts/CurvesChart';
import { GainsChart, GainsMarks, gainsHeight } from '../../charts/GainsChart';
import { fileStem } from '../../charts/export';
import { points, showInterval, showUnit, signedInteger } from '../../charts/format';
import type { PackSummary, SummaryPairing, SummaryRow } from '../../packs/summary';
import { useActions, useApp } from '../../store/react';
import { valueOf } from '../../store/selectors';
import { version } from '../../../package.json';
import { ExportMenu } from '../ExportMenu';
import type { Figure } from '../figure-notes';
import { source } from '../published/results';
import { Segmented } from '../Segmented';
import { Waiting } from '../Waiting';
import { quantityOf } from '../words';
import { ClusteringPanel } from './ClusteringPanel';
import { TogetherTable } from './TogetherTable';
import { baselines, difference, gainRows, rowName, rowsOf } from './model';
import '../table.css';
import './packs.css';

const isSummary = (p: PackSummary | { url: string; problem: string }): p is PackSummary => !('problem' in p);

/** All packs beside one another and beside the paper: where fusing pays, and how few pairs are enough. */
export default function PacksView() {
  const load = useApp((s) => s.summaries);
  const listed = useApp((s) => valueOf(s.packs));
  const { loadSummaries } = useActions();
  const [condition, setCondition] = useState('standard');
  useEffect(() => {
    if (listed) loadSummaries();
  }, [listed, loadSummaries]);
  const all = valueOf(load);
  const packs = useMemo(() => all?.filter(isSummary) ?? [], [all]);
  const conditions = [...new Set(packs.flatMap(({ rows }) => rows.map((row) => row.condition)))];
  return (
    <>
      <header className="page-head">
        <h2>Packs side by side</h2>
        {conditions.length > 1 ? (
          <Segmented
            label="Condition"
            options={conditions.map((id) => ({ id, label: id }))}
            value={condition}
            onChange={setCondition}
          />
        ) : null}
        <p className="fine">
          Test sets of each pack; skew and probes chosen on validation; 95 % intervals, paired. {source}: no
          intervals, and the best skew picked on the set that is reported.
        </p>
      </header>
      {all ? (
        <div className="packs-view">
          <Gains packs={packs} condition={condition} />
          <section className="panel" aria-labelledby="frontier-title">
            <header>
              <h2 id="frontier-title">Gain by sparsity</h2>
              <p className="sub">points over the best probe, along SSFN’s skew and along skew 0</p>
            </header>
            <div className="frontiers">
              {rowsOf(packs, condition).map(({ pack, row }) => (
                <Frontier key={`${pack.id} ${row.pairing.id} ${row.task}`} pack={pack} row={row} />
              ))}
            </div>
          </section>
          <TogetherTable packs={packs} condition={condition} />
          <ClusteringPanel />
          {all
            .filter((p) => !isSummary(p))
            .map((p) => (
              <p key={'url' in p ? p.url : ''} className="problem" role="alert">
                {'problem' in p ? p.problem : ''}
              </p>
            ))}
        </div>
      ) : (
        <div className="panel">
          <Waiting load={load} idle="Waiting for the list of packs." />
        </div>
      )}
    </>
  );
}

function Gains({ packs, condition }: { packs: PackSummary[]; condition: string }) {
  const rows = useMemo(() => gainRows(packs, condition), [packs, condition]);
  const columns = baselines.map(({ label }) => `SSFN − ${label}`);
  const text = rows
    .filter((row) => !row.hollow)
    .map(
      (row) =>
        `${row.label}, ${row.detail}: ${row.values
          .map((v, c) => (v ? `${columns[c]} ${showUnit(difference, v.value)}` : ''))
          .filter(Boolean)
          .join(', ')}`,
    )
    .join('. ');
  const figure: Figure = {
    stem: fileStem('skewscope', 'packs', condition, 'gains'),
    notes: {
      title: `SSFN against no skew, no sparsity and no fusion, ${condition}`,
      caption: `Points of each pack’s own metric on its test set, paired, 95 % intervals. Hollow: published (${source}), best skew picked on the reported set, no intervals.`,
      axes: [],
      seed: 0,
      versions: `Skewscope ${version}`,
    },
    width: 900,
    height: gainsHeight(900, rows.length, columns.length),
    marks: <GainsMarks columns={columns} rows={rows} quantity={difference} width={900} />,
    table: {
      columns: ['pack', 'what', ...baselines.flatMap(({ id }) => [id, `${id}_lo`, `${id}_hi`])],
      rows: rows.map((row) => [
        row.label,
        row.detail,
        ...row.values.flatMap((v) => (v ? [v.value, v.lo, v.hi] : [NaN, NaN, NaN])),
      ]),
    },
  };
  return (
    <section className="panel" aria-labelledby="gains-title">
      <header>
        <h2 id="gains-title">What the SSFN gains</h2>
        <p className="sub">points of each pack’s metric; right of 0 the SSFN is better</p>
        <ExportMenu figure={figure} what="the gains of all packs" />
      </header>
      {rows.length ? (
        <GainsChart columns={columns} rows={rows} quantity={difference} label={text} />
      ) : (
        <p className="fine">No pack has figures under this condition.</p>
      )}
      <Table packs={packs} condition={condition} />
    </section>
  );
}

/** The kind of a modality, as the paper's tasks are called; features are of anything, so by their name. */
const kindOf = ({ kind, label }: SummaryPairing['a']): string =>
  kind === 'features' ? label.toLowerCase() : kind;

function Table({ packs, condition }: { packs: PackSummary[]; condition: string }) {
  const rows = rowsOf(packs, condition);
  return (
    <div className="scrolls">
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">pack</th>
            <th scope="col" className="left">
              A × B, paired
            </th>
            <th scope="col">n</th>
            <th scope="col">d</th>
            <th scope="col">SSFN</th>
            <th scope="col">95 %</th>
            <th scope="col">late</th>
            <th scope="col">pairwise</th>
            <th scope="col">score sum</th>
            <th scope="col">best probe</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ pack, row }) => {
            const q = quantityOf(row.metric);
            const together = (strategy: 'ssfn' | 'late' | 'pairwise') =>
              row.ensembles ? (
                <small>
                  {row.ensembles.seeds} seeds {showUnit(q, row.ensembles[strategy].value)}
                </small>
              ) : null;
            return (
              <tr key={`${pack.id} ${row.pairing.id} ${row.task}`}>
                <th scope="row">
                  {pack.title}, {row.task}
                </th>
                <td className="left">
                  {kindOf(row.pairing.a)} × {kindOf(row.pairing.b)},{' '}
                  {row.pairing.paired === 'truly' ? 'truly' : 'by label'}
                </td>
                <td>{pack.n}</td>
                <td>{signedInteger(row.ssfn.d)}</td>
                <td>
                  <b>{showUnit(q, row.ssfn.value)}</b>
                  {together('ssfn')}
                </td>
                <td>
                  {showInterval(q, row.ssfn)}
                  {row.ensembles ? <small>{showInterval(q, row.ensembles.ssfn)}</small> : null}
                </td>
                <td>
                  {showUnit(q, row.late.value)}
                  {together('late')}
                </td>
                <td>
                  {showUnit(q, row.pairwise.value)}
                  {together('pairwise')}
                </td>
                <td>{showUnit(q, row.scoreSum.value)}</td>
                <td>{showUnit(q, row.bestProbe.value)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {rows.some(({ row }) => row.ensembles) ? (
        <p className="fine">
          Small: the heads of several seeds as one model, by the mean of their log-probabilities. Probes, and
          so the score sum, have one seed.
        </p>
      ) : null}
    </div>
  );
}

function Frontier({ pack, row }: { pack: PackSummary; row: SummaryRow }) {
  const gain = points('gain over the best probe');
  const over = (list: { value: number; lo: number; hi: number }[]) =>
    list.map(({ value }) => value - row.bestProbe.value);
  const series = [
    ...(row.ssfn.d === 0
      ? []
      : [
          {
            id: 'ssfn',
            label: `d = ${signedInteger(row.ssfn.d)}`,
            tone: 'own' as const,
            values: over(row.byPairs.ssfn),
          },
        ]),
    { id: 'late', label: 'd = 0', tone: 'other' as const, values: over(row.byPairs.late) },
  ];
  const said = series
    .map((s) => `${s.label}: ${s.values.map((v) => showUnit(gain, v)).join(', ')}`)
    .join('; ');
  return (
    <figure>
      <figcaption>
        <b>{pack.title}</b> {rowName(pack, row) || row.task}
      </figcaption>
      <CurvesChart
        series={series}
        quantity={{ ...gain, unit: '' }}
        chance={0}
        axis="fused pairs"
        label={`${pack.title}, ${rowName(pack, row) || row.task}: gain over the best probe by number of fused pairs. ${said}.`}
      />
    </figure>
  );
}
