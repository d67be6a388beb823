import { frequencyColour, inkOn } from './colour';
import { cut } from './classes';
import { fixed, showInterval, showUnit, type Interval, type Quantity } from './format';

export interface ConfusionProps {
  /** [classes, classes] counts, row the true class. */
  counts: ArrayLike<number>;
  classes: string[];
  dark: boolean;
}

const shares = (counts: ArrayLike<number>, size: number): { share: number[]; totals: number[] } => {
  const totals = Array.from({ length: size }, (_, r) => {
    let sum = 0;
    for (let c = 0; c < size; c++) sum += counts[r * size + c];
    return sum;
  });
  return {
    totals,
    share: Array.from({ length: size * size }, (_, n) => {
      const total = totals[Math.floor(n / size)];
      return total ? counts[n] / total : 0;
    }),
  };
};

/** Rows the true class, columns the predicted one; shade is the share of the row. */
export function ConfusionTable({ counts, classes, dark }: ConfusionProps) {
  const size = classes.length;
  const { share } = shares(counts, size);
  const numbers = size <= 14;
  const upright = size > 6 && Math.max(...classes.map((c) => c.length)) > 2;
  return (
    <table className={`confusion${upright ? ' upright' : ''}`}>
      <caption className="hidden">
        Confusion matrix: rows are the true class, columns the predicted class, cells counts
      </caption>
      <thead>
        <tr>
          <th>
            <span className="hidden">true class</span>
          </th>
          {classes.map((name) => (
            <th key={name} scope="col" title={name}>
              <span>{cut(name, 10)}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {classes.map((name, r) => (
          <tr key={name}>
            <th scope="row" title={name}>
              {cut(name, 12)}
            </th>
            {classes.map((other, c) => {
              const fill = frequencyColour(share[r * size + c], dark);
              const n = counts[r * size + c];
              return (
                <td
                  key={other}
                  style={{ background: fill, color: inkOn(fill) }}
                  title={`${name} taken for ${other}: ${n}, ${fixed(100 * share[r * size + c], 1)} %`}
                >
                  {numbers ? n || '' : <span className="hidden">{n}</span>}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function ConfusionFigure({
  counts,
  classes,
  width,
}: Omit<ConfusionProps, 'dark'> & { width: number }) {
  const size = classes.length;
  const { share } = shares(counts, size);
  const left = 14 + 6.5 * Math.min(12, Math.max(...classes.map((c) => c.length)));
  const cell = (width - left) / size;
  return (
    <>
      {classes.map((name, r) => (
        <g key={name}>
          <text className="text text-end" x={left - 6} y={left + (r + 0.5) * cell + 4}>
            {cut(name, 12)}
          </text>
          <text
            className="text"
            transform={`translate(${left + (r + 0.5) * cell + 4} ${left - 6})rotate(-90)`}
          >
            {cut(name, 12)}
          </text>
          {classes.map((other, c) => {
            const fill = frequencyColour(share[r * size + c], false);
            return (
              <g key={other}>
                <rect
                  x={left + c * cell}
                  y={left + r * cell}
                  width={cell - 1}
                  height={cell - 1}
                  fill={fill}
                />
                {size <= 14 && counts[r * size + c] ? (
                  <text
                    className="text text-mid"
                    style={{ fill: inkOn(fill) }}
                    x={left + (c + 0.5) * cell}
                    y={left + (r + 0.5) * cell + 4}
                  >
                    {counts[r * size + c]}
                  </text>
                ) : null}
              </g>
            );
          })}
        </g>
      ))}
    </>
  );
}

export interface CalibrationBin {
  from: number;
  to: number;
  count: number;
  /** Mean confidence and accuracy; NaN where empty. */
  confidence: number;
  accuracy: number;
}

/** Reliability diagram: accuracy by confidence; the gap to the diagonal is the calibration error. */
export function CalibrationMarks({
  bins,
  width,
  height,
}: {
  bins: CalibrationBin[];
  width: number;
  height: number;
}) {
  const [left, right, top, foot] = [34, 8, 8, 46];
  const x = (v: number): number => left + v * (width - left - right);
  const base = height - foot;
  const y = (v: number): number => base - v * (base - top);
  const most = Math.max(1, ...bins.map((b) => b.count));
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return (
    <>
      {ticks.map((t) => (
        <g key={t}>
          <path className="rule" d={`M${x(0)} ${y(t)}H${x(1)}`} />
          <text className="text text-end text-dim" x={left - 6} y={y(t) + 4}>
            {t}
          </text>
          <text className="text text-mid text-dim" x={x(t)} y={base + 28}>
            {t}
          </text>
        </g>
      ))}
      <path className="reference dashed" d={`M${x(0)} ${y(0)}L${x(1)} ${y(1)}`} />
      {bins
        .filter((b) => b.count > 0)
        .map((b) => (
          <g key={b.from}>
            <rect
              className="histogram"
              x={x(b.from) + 1}
              y={base + 2}
              width={Math.max(1, x(b.to) - x(b.from) - 2)}
              height={1 + (b.count / most) * 12}
            />
            <path className="gap" d={`M${x(b.confidence)} ${y(b.confidence)}V${y(b.accuracy)}`} />
            <circle
              className="dot"
              cx={x(b.confidence)}
              cy={y(b.accuracy)}
              r={2 + 2.6 * Math.sqrt(b.count / most)}
            >
              <title>{`${b.count} samples: confidence ${fixed(b.confidence, 2)}, accuracy ${fixed(b.accuracy, 2)}`}</title>
            </circle>
          </g>
        ))}
      <text className="text text-mid text-strong" x={x(0.5)} y={height - 3}>
        confidence
      </text>
      <text className="text text-strong" x={left + 5} y={top + 9}>
        accuracy
      </text>
    </>
  );
}

/** A paired difference on a line around zero. */
export function DifferenceMarks({
  difference,
  quantity,
  width,
}: {
  difference: Interval;
  quantity: Quantity;
  width: number;
}) {
  const reach = Math.max(Math.abs(difference.lo), Math.abs(difference.hi), 0.01) * 1.15;
  const x = (v: number): number => 12 + ((v + reach) / (2 * reach)) * (width - 24);
  return (
    <>
      <path className="rule" d={`M12 18H${width - 12}`} />
      <path className="reference dashed" d={`M${x(0)} 4V32`} />
      <path className="whisker wide" d={`M${x(difference.lo)} 18H${x(difference.hi)}`} />
      <circle className="dot current-dot" cx={x(difference.value)} cy={18} r={5} />
      <text className="text text-mid text-dim" x={x(0)} y={45}>
        0
      </text>
      <title>{`${showUnit(quantity, difference.value)}, 95 % ${showInterval(quantity, difference)}`}</title>
    </>
  );
}
