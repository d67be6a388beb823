import { useEffect, useMemo, useState } from 'react';
import { ForestChart } from '../../charts/ForestChart';
import { isBeyond } from '../../charts/forest';
import { fixed, showInterval, showUnit, type Interval, type Quantity } from '../../charts/format';
import { StepsChart } from '../../charts/StepsChart';
import {
  penaltyStrategies,
  type PenaltyEvaluation,
  type PenaltyRow,
  type PenaltyStrategy,
} from '../../packs/dependency-evaluation';
import { dropSentence, penaltySentence, standing, strategyLabels } from '../../packs/penalty';
import type { MetricName } from '../../packs/schema';
import { useActions, useApp, useAppStore } from '../../store/react';
import { scene } from '../../store/selectors';
import { ExportMenu } from '../ExportMenu';
import { Segmented } from '../Segmented';
import { Waiting } from '../Waiting';
import { differenceOf, quantityOf } from '../words';
import { capital, dropAxis, dropFigure, intervalText, leastOf, penaltyFigure } from './figures';
import { dropCurves, forestOf, lambdaText, metricsIn, penaltyGroups, type Scope } from './model';
import '../table.css';
import './penalty.css';

/** What training with a dependency in the loss brought on this pack: whole, and as a modality goes. */
export default function PenaltyViews() {
  const load = useApp((s) => s.penalty);
  const now = useApp(scene);
  const { loadPenalty } = useActions();
  useEffect(() => loadPenalty(), [loadPenalty]);
  const [chosen, setChosen] = useState<MetricName | null>(null);
  if (!now) return null;
  if (load.state !== 'ready')
    return (
      <section aria-labelledby="penalty-title">
        <header>
          <h3 id="penalty-title">With a penalty and without</h3>
        </header>
        <Waiting load={load} />
      </section>
    );
  const metrics = metricsIn(load.value, now.task.id);
  const metric = chosen && metrics.includes(chosen) ? chosen : (metrics[0] ?? now.task.metric);
  const scope: Scope = {
    pairing: now.pairing.id,
    task: now.task.id,
    condition: now.condition.id,
    metric,
  };
  const select = (
    <label className="field">
      <span>Figure</span>
      <select value={metric} onChange={(event) => setChosen(event.target.value as MetricName)}>
        {metrics.map((name) => (
          <option key={name} value={name}>
            {quantityOf(name).name}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <Whole evaluation={load.value} scope={scope} select={metrics.length > 1 ? select : null} />
      <Drops evaluation={load.value} scope={scope} names={{ a: now.a.label, b: now.b.label }} />
    </>
  );
}

const nothing = 'The pack’s evaluation of its penalties says nothing of this task under this condition.';

function Whole({
  evaluation,
  scope,
  select,
}: {
  evaluation: PenaltyEvaluation;
  scope: Scope;
  select: React.ReactNode;
}) {
  const store = useAppStore();
  const groups = penaltyGroups(evaluation, scope);
  const q = quantityOf(scope.metric);
  const points = differenceOf(scope.metric, `difference in ${q.name} to no penalty`);
  const sentence = penaltySentence(evaluation, { ...scope, condition: undefined });
  const compared = groups.flatMap(({ penalised }) => penalised);
  const beyond = compared.filter(({ row }) => isBeyond(row.minusNone!)).length;
  return (
    <section aria-labelledby="penalty-title">
      <header>
        <h3 id="penalty-title">With a penalty and without</h3>
        <p className="sub">loss = task − λ · dependency</p>
        {groups.length ? (
          <ExportMenu
            figure={penaltyFigure(store.getState(), evaluation, scope)}
            what="the differences to no penalty"
          />
        ) : null}
      </header>
      {select}
      {groups.length === 0 ? (
        <p className="waiting">{nothing}</p>
      ) : (
        <>
          <p>{sentence}</p>
          <ForestChart
            groups={forestOf(groups)}
            quantity={points}
            least={leastOf(points.scale)}
            label={`Differences of ${compared.length} heads trained with a penalty to the same without, around zero: ${beyond} beyond their 95 % interval. The table below has the figures.`}
          />
          <table className="plain penalties">
            <thead>
              <tr>
                <th scope="col">penalty</th>
                <th scope="col">λ</th>
                <th scope="col">{q.name}</th>
                <th scope="col" title="All seeds as one model, by the mean of their log-probabilities">
                  together
                </th>
                <th scope="col">to none, 95 %</th>
              </tr>
            </thead>
            {groups.map(({ head, none, penalised }) => (
              <tbody key={head}>
                <tr className="head">
                  <th scope="rowgroup" colSpan={2}>
                    {head}
                  </th>
                  <td>{showUnit(q, none.value)}</td>
                  <td>{showUnit(q, none.ensemble.value)}</td>
                  <td>without</td>
                </tr>
                {penalised.map(({ row, label, lambda }) => (
                  <tr key={label}>
                    <th scope="row">{label}</th>
                    <td>{lambdaText(lambda).slice(2)}</td>
                    <td>{showUnit(q, row.value)}</td>
                    <td>{showUnit(q, row.ensemble.value)}</td>
                    <td>
                      <Difference row={row} q={points} />
                    </td>
                  </tr>
                ))}
              </tbody>
            ))}
          </table>
          <p className="fine">
            Together: all seeds as one model, by the mean of their log-probabilities. Filled dots and bold
            figures: zero lies outside their own interval, not corrected for {compared.length} looks. λ was
            chosen on validation for the SSFN. {capital(intervalText(evaluation))}.
          </p>
        </>
      )}
    </section>
  );
}

/** "+0.4 (−0.2 to +1.0)", bold where zero is outside. */
function Difference({ row, q }: { row: PenaltyRow; q: Quantity }) {
  const difference = row.minusNone as Interval;
  const value = fixed(difference.value * q.scale, q.decimals, true);
  return (
    <>
      {standing(row) === 'open' ? value : <b>{value}</b>} ({showInterval(q, difference)})
    </>
  );
}

function Drops({
  evaluation,
  scope,
  names,
}: {
  evaluation: PenaltyEvaluation;
  scope: Scope;
  names: { a: string; b: string };
}) {
  const store = useAppStore();
  const [modality, setModality] = useState<'a' | 'b'>('a');
  const [strategy, setStrategy] = useState<PenaltyStrategy>('ssfn');
  const { pairing, task, metric, condition } = scope;
  const curves = useMemo(
    () => dropCurves(evaluation, { pairing, task, metric, condition }, modality, strategy),
    [evaluation, pairing, task, metric, condition, modality, strategy],
  );
  const side = modality.toUpperCase();
  const q = quantityOf(metric);
  const points = differenceOf(metric, '');
  const figure = dropFigure(store.getState(), evaluation, scope, modality, strategy);
  const last = curves.at.length - 1;
  const none = curves.rows[0];
  return (
    <section aria-labelledby="drops-title">
      <header>
        <h3 id="drops-title">As a modality goes</h3>
        <p className="sub">{q.name} on test</p>
        {figure ? <ExportMenu figure={figure} what="the curves of modality drop" /> : null}
      </header>
      <div className="penalty-choices">
        <Segmented
          label="The modality that goes"
          options={[
            { id: 'a', label: `A ${names.a.toLowerCase()}` },
            { id: 'b', label: `B ${names.b.toLowerCase()}` },
          ]}
          value={modality}
          onChange={(id) => setModality(id)}
        />
        <Segmented
          label="Strategy of the heads"
          options={penaltyStrategies.map((id) => ({ id, label: strategyLabels[id] }))}
          value={strategy}
          onChange={(id) => setStrategy(id)}
        />
      </div>
      {!none || last < 0 ? (
        <p className="waiting">{nothing}</p>
      ) : (
        <>
          <p>{dropSentence(evaluation, { ...scope, condition: undefined })}</p>
          <StepsChart
            at={curves.at}
            axis={dropAxis(side)}
            endName="means"
            series={curves.series}
            quantity={q}
            label={`${q.name} of ${curves.rows.length} kinds of heads as ${side} turns to noise: without a penalty from ${showUnit(q, none.steps[0]?.value ?? NaN)} whole to ${showUnit(q, none.steps[last]?.value ?? NaN)} by noise alone, and ${showUnit(q, none.means?.value ?? NaN)} by its means. The table below has the ends of all.`}
          />
          <table className="plain penalties">
            <thead>
              <tr>
                <th scope="col">penalty</th>
                <th scope="col">whole</th>
                <th scope="col">{side} noise alone</th>
                <th scope="col">{side} its means</th>
              </tr>
            </thead>
            <tbody>
              {curves.rows.map(({ variant, label, steps, means }) => (
                <tr key={variant}>
                  <th scope="row">{label}</th>
                  {[steps[0], steps[last], means].map((row, n) => (
                    <td key={n}>
                      {row ? showUnit(q, row.value) : '–'}
                      {row?.minusNone ? (
                        <small>
                          <Difference row={row} q={points} />
                        </small>
                      ) : null}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          <p className="fine">
            Noise s: √(1 − s²) of the states of {side} and s of normal noise of their deviation; at 100 %
            nothing else is left. Small: the difference to no penalty, bold where zero lies outside its
            interval. {capital(intervalText(evaluation))}. To see your own sample survive or not, drop or
            degrade {side} beside the page’s inputs, and switch the penalty under Strategy.
          </p>
        </>
      )}
    </section>
  );
}
