import type { CSSProperties } from 'react';
import { cut, shownClasses } from './classes';
import { fixed, probability } from './format';
import { argmax } from './grid';
import { useSize } from './use-size';

export interface PredictionRow {
  id: string;
  label: string;
  /** What the label is short for, where it is. */
  name?: string;
  /** "d = +2, η = 3/12". */
  detail?: string;
  /** Which hue: the strategy in use, another one, a modality alone. */
  tone: 'own' | 'other' | 'a' | 'b';
  /** [classes], or null where there is nothing to predict from. */
  probabilities: ArrayLike<number> | null;
  /** Why there is none: "dropped". */
  absent?: string;
  /** Of several seeds together: the least and the most that one of them says of the row's own answer. */
  spread?: { count: number; least: number; most: number };
}

export interface PredictionTableProps {
  rows: PredictionRow[];
  classes: string[];
  /** The answer's class, shaded through all rows; −1 for none. */
  answer: number;
}

const fullName = ({ name, detail }: PredictionRow): string => [name, detail].filter(Boolean).join(', ');

/** Spoken form of a row: the classes above 5 %. */
function speak(row: PredictionRow, classes: string[]): string {
  const { probabilities: p } = row;
  const name = row.name ? fullName(row) : row.label;
  if (!p) return `${name}: ${row.absent ?? 'nothing to predict from'}`;
  const parts = classes.map((name, c) => (p[c] > 0.05 ? `${name} ${fixed(p[c], 2)}` : '')).filter(Boolean);
  const of = row.spread && `, ${classes[argmax(p)]} ${spreadText(row.spread)}`;
  return `${name}: ${parts.join(', ')}${of ?? ''}`;
}

const spreadText = ({ count, least, most }: NonNullable<PredictionRow['spread']>): string =>
  `${fixed(least, 2)} to ${fixed(most, 2)} by each of ${count} seeds`;

/** The strategy in use, late, pairwise, score sum, A alone and B alone: more rows are lower ones. */
const usualRows = 6;

/** Pixels that the names of strategies and their answers take, and those of a class's name on its side. */
const besideBars = 192;
const uprightName = 13;

/** Class probabilities by strategy, the classes aligned in columns. */
export function PredictionTable({ rows, classes, answer }: PredictionTableProps) {
  const [ref, { width }] = useSize<HTMLTableElement>();
  const shown = shownClasses(
    rows.map((r) => r.probabilities),
    classes.length,
    width > 0 ? Math.floor((width - besideBars) / uprightName) : undefined,
  );
  const longest = Math.max(...shown.map((c) => classes[c].length));
  const upright = longest > 2 && (shown.length > 5 || shown.length * longest > 16);
  return (
    <table
      ref={ref}
      className={[
        'prediction',
        upright && 'upright',
        longest > 3 && 'long-names',
        rows.length > usualRows && 'many',
      ]
        .filter(Boolean)
        .join(' ')}
    >
      <caption className="hidden">
        Class probabilities by strategy
        {shown.length < classes.length ? `, the likeliest ${shown.length} of ${classes.length} classes` : ''}
      </caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="hidden">strategy</span>
            {shown.length < classes.length ? (
              <span aria-hidden="true">
                top {shown.length} of {classes.length}
              </span>
            ) : null}
          </th>
          <th scope="col">
            <span className="prediction-classes">
              {shown.map((c) => (
                <span key={c} className={c === answer ? 'in-answer' : undefined} title={classes[c]}>
                  {upright ? cut(classes[c], 12) : classes[c]}
                </span>
              ))}
            </span>
          </th>
          <th scope="col">says</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const { probabilities: p } = row;
          const best = p ? argmax(p) : -1;
          return (
            <tr key={row.id} className={`tone-${row.tone}${p ? '' : ' absent'}`}>
              <th scope="row" title={row.name && fullName(row)}>
                {row.label}
                {row.detail ? <small>{row.detail}</small> : null}
              </th>
              <td>
                <div className="bars" role="img" aria-label={speak(row, classes)}>
                  {shown.map((c) => (
                    <span key={c} className={c === answer ? 'in-answer' : undefined}>
                      {p ? (
                        <i
                          className={c === best ? 'best' : undefined}
                          style={{ '--p': p[c] } as CSSProperties}
                        />
                      ) : null}
                      {p && row.spread && c === best ? (
                        <em
                          title={spreadText(row.spread)}
                          style={{ '--lo': row.spread.least, '--hi': row.spread.most } as CSSProperties}
                        />
                      ) : null}
                    </span>
                  ))}
                </div>
              </td>
              <td className="says">
                {p && best >= 0 ? (
                  <>
                    <b title={classes[best]}>{cut(classes[best], 9)}</b> {probability(p[best])}
                  </>
                ) : (
                  <span title={row.absent}>–</span>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The same as a figure: one band a strategy. */
export function PredictionFigure({ rows, classes, answer, width }: PredictionTableProps & { width: number }) {
  const shown = shownClasses(
    rows.map((r) => r.probabilities),
    classes.length,
  );
  const [left, right, band, head] = [120, 90, 46, predictionHead(classes)];
  const room = width - left - right;
  const x = (n: number): number => left + ((n + 0.5) * room) / shown.length;
  const bar = Math.min(22, (0.62 * room) / shown.length);
  const hue = { own: 'fill-ink', other: 'fill-ink3', a: 'fill-a', b: 'fill-b' };
  return (
    <>
      {shown.map((c, n) => (
        <text
          key={c}
          className={c === answer ? 'text text-strong' : 'text'}
          transform={
            head > 24 ? `translate(${x(n) + 4} ${head - 6})rotate(-60)` : `translate(${x(n)} ${head - 6})`
          }
          textAnchor={head > 24 ? 'start' : 'middle'}
        >
          {classes[c]}
        </text>
      ))}
      {rows.map((row, r) => {
        const { probabilities: p } = row;
        const base = head + (r + 1) * band - 4;
        const best = p ? argmax(p) : -1;
        return (
          <g key={row.id}>
            <path className="rule" d={`M0 ${base + 2}H${width}`} />
            <text className={row.tone === 'own' ? 'text text-strong' : 'text'} y={base - 16}>
              {row.label}
            </text>
            {row.detail ? (
              <text className="text text-dim" y={base - 3}>
                {row.detail}
              </text>
            ) : null}
            {shown.map((c, n) => (
              <rect
                key={c}
                className={hue[row.tone]}
                fillOpacity={c === best ? 1 : 0.45}
                x={x(n) - bar / 2}
                y={base - (p ? p[c] : 0) * (band - 8)}
                width={bar}
                height={(p ? p[c] : 0) * (band - 8)}
              />
            ))}
            {row.spread && shown.includes(best) ? (
              <path
                className="whisker"
                d={`M${x(shown.indexOf(best)) + bar / 2 + 3} ${base - row.spread.least * (band - 8)}V${base - row.spread.most * (band - 8)}`}
              />
            ) : null}
            <text className="text text-end text-strong" x={width} y={base - 6}>
              {p && best >= 0 ? `${cut(classes[best], 9)} ${probability(p[best])}` : (row.absent ?? 'none')}
            </text>
          </g>
        );
      })}
    </>
  );
}

/** Height of the class names over the figure's bands. */
export const predictionHead = (classes: string[]): number =>
  Math.max(...classes.map((c) => c.length)) > 3 ? 16 + 6 * Math.max(...classes.map((c) => c.length)) : 22;

export const predictionHeight = (rows: number, classes: string[]): number =>
  predictionHead(classes) + rows * 46;
