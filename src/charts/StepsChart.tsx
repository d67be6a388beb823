import { line, scaleLinear } from 'd3';
import { fixed, tickDecimals, type Interval, type Quantity } from './format';
import { useSize } from './use-size';

export interface StepSeries {
  id: string;
  label: string;
  /** One figure a step, null where it was not measured. */
  steps: (Interval | null)[];
  /** Apart from the steps, at the end. */
  end: Interval | null;
}

export interface StepsProps {
  /** Where the steps are, ascending from 0 to 1. */
  at: number[];
  axis: string;
  endName: string;
  /** At most four, told apart by dash and mark. */
  series: StepSeries[];
  quantity: Quantity;
  label: string;
}

const HEIGHT = 300;
const box = { left: 44, right: 10, top: 34, foot: 40, end: 64 } as const;

/** A figure over steps of something, and at an end that is no step of it, for a few that are compared. */
export function StepsChart(props: StepsProps) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  return (
    <div ref={ref} role="img" aria-label={props.label} style={{ minHeight: HEIGHT }}>
      {width > 0 ? (
        <svg width={width} height={HEIGHT} aria-hidden="true">
          <StepsMarks {...props} width={Math.min(width, 520)} height={HEIGHT} />
        </svg>
      ) : null}
    </div>
  );
}

/** Where the name of a series begins, in one line above the chart. */
const keyAt = (series: readonly StepSeries[], s: number): number =>
  series.slice(0, s).reduce((x, { label }) => x + 44 + 6.2 * label.length, 2);

const dashes = ['', 'dashed', 'dotted', 'dash-dot'];
/** Marks around the origin, one a series. */
const marks = [
  'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0',
  'M-3.6 -3.6h7.2v7.2h-7.2z',
  'M0 -4.6l4.6 8h-9.2z',
  'M0 -5l5 5l-5 5l-5 -5z',
];

export function StepsMarks({
  at,
  axis,
  endName,
  series,
  quantity,
  width,
  height,
}: Omit<StepsProps, 'label'> & { width: number; height: number }) {
  const base = height - box.foot;
  const known = series
    .flatMap(({ steps, end }) => [...steps, end])
    .flatMap((f) => (f ? [f.lo, f.hi, f.value] : []));
  const [lo, hi] = known.length ? [Math.min(...known), Math.max(...known)] : [0, 1];
  const y = scaleLinear([lo, hi > lo ? hi : lo + 1], [base, box.top]).nice(5);
  const x = scaleLinear([0, 1], [box.left + 14, width - box.right - box.end - 14]);
  const endX = width - box.right - box.end / 2;
  const ticks = y.ticks(5);
  const decimals = tickDecimals(ticks, quantity.scale);
  const apart = (s: number): number => (s - (series.length - 1) / 2) * 6;
  return (
    <>
      {ticks.map((t, n) => (
        <g key={t}>
          <path className="rule" d={`M${box.left} ${y(t)}H${width - box.right}`} />
          <text className="text text-end text-dim" x={box.left - 6} y={y(t) + 4}>
            {fixed(t * quantity.scale, decimals)}
            {n === ticks.length - 1 ? quantity.unit.trimEnd() : ''}
          </text>
        </g>
      ))}
      <path className="rule" d={`M${width - box.right - box.end} ${box.top - 4}V${base + 4}`} />
      {series.map(({ id, steps, end }, s) => {
        const places = steps.flatMap((figure, n) => (figure ? [{ figure, x: x(at[n]) + apart(s) }] : []));
        const path = line<(typeof places)[number]>()
          .x((p) => p.x)
          .y((p) => y(p.figure.value))(places);
        const all = end ? [...places, { figure: end, x: endX + apart(s) }] : places;
        return (
          <g key={id} className={s === 0 ? 'current' : undefined}>
            <path className={`reference ${dashes[s % 4]}`} d={path ?? ''} />
            {all.map(({ figure, x: cx }) => (
              <g key={cx}>
                <path className="whisker" d={`M${cx} ${y(figure.lo)}V${y(figure.hi)}`} />
                <path className="dot" d={marks[s % 4]} transform={`translate(${cx} ${y(figure.value)})`} />
              </g>
            ))}
          </g>
        );
      })}
      {at.map((step) => (
        <text key={step} className="text text-mid text-dim" x={x(step)} y={base + 16}>
          {fixed(100 * step, 0)}
        </text>
      ))}
      <text className="text text-mid text-dim" x={endX} y={base + 16}>
        {endName}
      </text>
      <text
        className="text text-mid text-strong"
        x={(box.left + width - box.right - box.end) / 2}
        y={height - 4}
      >
        {axis}
      </text>
      {series.map(({ id, label }, s) => (
        <g key={id} transform={`translate(${keyAt(series, s)} 12)`}>
          <path className={`reference ${dashes[s % 4]}`} d="M0 0h26" />
          <path className="dot" d={marks[s % 4]} transform="translate(13 0)" />
          <text className={s === 0 ? 'text text-strong' : 'text'} x={31} y={4}>
            {label}
          </text>
        </g>
      ))}
    </>
  );
}
