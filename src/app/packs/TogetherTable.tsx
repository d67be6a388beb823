import { showInterval, showUnit } from '../../charts/format';
import { listed } from '../../charts/classes';
import type { MetricName } from '../../packs/schema';
import type { PackSummary, SummaryTogether } from '../../packs/summary';
import { differenceOf, quantityOf } from '../words';

type Row = SummaryTogether['rows'][number];

const lower = (labels: readonly string[]) => labels.map((label) => label.toLowerCase());

function Measured({ labels, rows }: { labels: string[]; rows: Row[] }) {
  const metric = rows[0].metric as MetricName;
  const q = quantityOf(metric);
  const difference = differenceOf(metric, '');
  const ordered = [...rows].sort((x, y) => x.missing.length - y.missing.length);
  return (
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">given</th>
          <th scope="col" className="left">
            missing
          </th>
          <th scope="col">{q.name}</th>
          <th scope="col">95 %</th>
          <th scope="col">− whole</th>
          <th scope="col">95 %</th>
          <th scope="col">score sum</th>
          <th scope="col">− score sum</th>
          <th scope="col">95 %</th>
        </tr>
      </thead>
      <tbody>
        {ordered.map((row) => (
          <tr key={row.missing.join(' ')}>
            <th scope="row">
              {row.missing.length
                ? listed(lower(labels.filter((label) => !row.missing.includes(label))))
                : 'all'}
            </th>
            <td className="left">{listed(lower(row.missing)) || 'nothing'}</td>
            <td>
              <b>{showUnit(q, row.value)}</b>
            </td>
            <td>{showInterval(q, row)}</td>
            <td>{row.minusWhole ? showUnit(difference, row.minusWhole.value) : '–'}</td>
            <td>{row.minusWhole ? showInterval(difference, row.minusWhole) : ''}</td>
            <td>{row.scoreSum ? showUnit(q, row.scoreSum.value) : '–'}</td>
            <td>{row.minusScoreSum ? showUnit(difference, row.minusScoreSum.value) : '–'}</td>
            <td>{row.minusScoreSum ? showInterval(difference, row.minusScoreSum) : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the models of more than two modalities reach on test, whole and with each set of them missing. */
export function TogetherTable({ packs, condition }: { packs: PackSummary[]; condition: string }) {
  const tables = packs.flatMap((pack) =>
    pack.together.flatMap(({ group, labels, rows }) =>
      [...new Set(rows.map(({ task }) => task))].flatMap((task) => {
        const own = rows.filter((row) => row.task === task && row.condition === condition);
        return own.length ? [{ key: `${pack.id} ${group} ${task}`, pack, task, labels, rows: own }] : [];
      }),
    ),
  );
  if (tables.length === 0) return null;
  return (
    <section className="panel together" aria-labelledby="together-title">
      <header>
        <h2 id="together-title">More than two together</h2>
        <p className="sub">one model of all of them, beside the score sum</p>
      </header>
      {tables.map(({ key, pack, task, labels, rows }) => (
        <div key={key} className="scrolls" role="group" aria-label={`${pack.title}: ${listed(labels)}`}>
          <h3>
            {pack.title}, {task}: {listed(lower(labels))}
          </h3>
          <p className="fine">
            n = {pack.n} test samples; 95 % over resamples of {pack.units}; differences paired. What is
            missing is at its training mean; the score sum is of the best probes of what is given.
          </p>
          <Measured labels={labels} rows={rows} />
        </div>
      ))}
    </section>
  );
}
