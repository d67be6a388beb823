import { probability, share, showUnit } from '../../charts/format';
import { strategies, type BatchState, type Said } from './job';
import { classOf, countRight, strategyLabels } from './summary';

/** Rows on the screen; the saved file has them all. */
const shownRows = 100;

function Cell({ said, label, classes }: { said: Said | null | undefined; label: string; classes: string[] }) {
  if (!said) return <td className="none">–</td>;
  const wrong = label !== '' && classOf(label, classes) >= 0 && classOf(label, classes) !== said.answer;
  return (
    <td className={wrong ? 'wrong' : undefined}>
      {wrong && (
        <span role="img" aria-label="wrong:">
          ✗{' '}
        </span>
      )}
      {classes[said.answer]} <small>{probability(said.probability)}</small>
    </td>
  );
}

/** What every strategy says of every row, and where there are labels, how often it is right. */
export function Outcomes({ state, classes }: { state: BatchState; classes: string[] }) {
  const { table, outcomes, done } = state;
  if (!table) return null;
  const labels = strategyLabels(`in use: ${done?.strategy.split(',')[0] ?? 'strategy'}`);
  const { n, right, said, strange } = countRight(state, classes);
  const labelled = table.columns.label !== null;
  const failed = outcomes.filter(({ problem }) => problem !== null).length;
  return (
    <>
      {failed > 0 && (
        <p className="fine">{`${failed === 1 ? 'One' : failed} of them could not be predicted: why is said in place of an answer.`}</p>
      )}
      {strange.length > 0 && (
        <p className="fine">
          {`These labels are no class of the pack and are not counted: ${strange.slice(0, 5).join(', ').slice(0, 120)}.`}
        </p>
      )}
      <div className="batch-table" tabIndex={0} role="region" aria-label="Table of predictions">
        <table>
          <thead>
            <tr>
              <th scope="col">row</th>
              {labelled && <th scope="col">label</th>}
              {strategies.map((id) => (
                <th key={id} scope="col" className={id === 'a' || id === 'b' ? id : undefined}>
                  {labels[id]}
                </th>
              ))}
            </tr>
            {n > 0 && (
              <tr className="right">
                <th scope="row">right</th>
                <td>{`${n} labelled`}</td>
                {strategies.map((id) => (
                  <td key={id}>{said[id] > 0 ? showUnit(share('right'), right[id] / said[id]) : '–'}</td>
                ))}
              </tr>
            )}
          </thead>
          <tbody>
            {outcomes.slice(0, shownRows).map((outcome, at) => {
              const { id, a, b, label } = table.rows[at];
              return (
                <tr key={at}>
                  <th scope="row" title={[a, b].filter(Boolean).join(' | ')}>
                    {id}
                  </th>
                  {labelled && <td>{label}</td>}
                  {outcome.said ? (
                    strategies.map((strategy) => (
                      <Cell key={strategy} said={outcome.said?.[strategy]} label={label} classes={classes} />
                    ))
                  ) : (
                    <td colSpan={strategies.length} className="problem-cell">
                      {outcome.problem}
                    </td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {outcomes.length > shownRows && (
        <p className="fine">{`The first ${shownRows} rows; the CSV has all ${outcomes.length}.`}</p>
      )}
    </>
  );
}
