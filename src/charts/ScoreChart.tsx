import { bin, scaleLinear } from 'd3';
import { fixed } from './format';
import { useSize } from './use-size';

export interface ScoreChartProps {
  score: number;
  /** Scores of pairs that belong together, and of pairs that do not. */
  matched: ArrayLike<number>;
  mismatched: ArrayLike<number>;
  label: string;
}

/** Where a score falls among those of matched pairs (above) and mismatched ones (below). */
export function ScoreChart(props: ScoreChartProps) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  return (
    <div ref={ref} role="img" aria-label={props.label}>
      {width > 0 ? (
        <svg width={width} height={150} aria-hidden="true">
          <ScoreMarks {...props} width={Math.min(width, 520)} height={150} />
        </svg>
      ) : null}
    </div>
  );
}

export function ScoreMarks({
  score,
  matched,
  mismatched,
  width,
  height,
}: Omit<ScoreChartProps, 'label'> & { width: number; height: number }) {
  const rows = [
    { name: 'matched pairs', scores: Array.from(matched) },
    { name: 'mismatched pairs', scores: Array.from(mismatched) },
  ];
  const all = [score, ...rows.flatMap(({ scores }) => scores)];
  let [lo, hi] = [Infinity, -Infinity];
  for (const value of all) [lo, hi] = [Math.min(lo, value), Math.max(hi, value)];
  const x = scaleLinear([lo, hi > lo ? hi : lo + 1], [20, width - 20]).nice(6);
  const [from, to] = x.domain();
  const bins = bin().domain([from, to]).thresholds(x.ticks(40));
  const band = (height - 26) / 2;
  return (
    <>
      {rows.map(({ name, scores }, row) => {
        const parts = bins(scores);
        const most = Math.max(1, ...parts.map((part) => part.length));
        const base = (row + 1) * band - 4;
        return (
          <g key={name}>
            {parts.map((part) => {
              const size = (part.length / most) * (band - 22);
              return (
                <rect
                  key={part.x0}
                  className="histogram"
                  x={x(part.x0 ?? from)}
                  y={base - size}
                  width={Math.max(1, x(part.x1 ?? to) - x(part.x0 ?? from) - 1)}
                  height={size}
                />
              );
            })}
            <path className="rule" d={`M8 ${base}H${width - 8}`} />
            <text className="text" x={8} y={row * band + 11}>
              {name}
            </text>
          </g>
        );
      })}
      <path className="reference" d={`M${x(score)} 4V${2 * band}`} />
      {x.ticks(5).map((t) => (
        <text key={t} className="text text-mid text-dim" x={x(t)} y={height - 8}>
          {fixed(t, 1)}
        </text>
      ))}
    </>
  );
}
