import { line, ticks as niceTicks } from 'd3';
import { fixed, tickDecimals, type Quantity } from './format';
import { columns } from './grid';
import { useSize } from './use-size';

export interface CurveSeries {
  id: string;
  label: string;
  tone: 'a' | 'b' | 'own' | 'other';
  /** One value a layer, from 1; NaN where there is none. */
  values: ArrayLike<number>;
  lo?: ArrayLike<number>;
  hi?: ArrayLike<number>;
}

export interface CurvesProps {
  series: CurveSeries[];
  quantity: Quantity;
  label: string;
  /** A line for chance, where it is known; for a gain, zero. */
  chance?: number;
  /** What the horizontal axis counts from 1. */
  axis?: string;
}

/** A metric by layer, or by another count: how good each encoder's states are on their own. */
export function CurvesChart(props: CurvesProps) {
  const [ref, { width, height }] = useSize<HTMLDivElement>();
  return (
    <div className="curves" ref={ref} role="img" aria-label={props.label}>
      {height > 60 ? (
        <svg width={width} height={height} aria-hidden="true">
          <CurvesMarks {...props} width={width} height={height} />
        </svg>
      ) : null}
    </div>
  );
}

const stroke = { a: 'stroke-a', b: 'stroke-b', own: 'stroke-ink', other: 'stroke-ink3' };
const fill = { a: 'fill-a', b: 'fill-b', own: 'fill-ink', other: 'fill-ink3' };

export function CurvesMarks({
  series,
  quantity,
  chance,
  axis = 'layer',
  width,
  height,
}: Omit<CurvesProps, 'label'> & { width: number; height: number }) {
  const layers = Math.max(1, ...series.map((s) => s.values.length));
  const all = series
    .flatMap((s) => [s.values, s.lo ?? [], s.hi ?? []].flatMap((v) => Array.from(v)))
    .concat(chance ?? [])
    .filter(Number.isFinite);
  const [lo, hi] = all.length ? [Math.min(...all), Math.max(...all)] : [0, 1];
  const pad = Math.max(0.02 / quantity.scale, (hi - lo) * 0.06);
  const [left, right, top, foot] = [42, 12, 18, 34];
  const base = height - foot;
  const x = (l: number): number =>
    layers > 1 ? left + 8 + ((l - 1) / (layers - 1)) * (width - left - right - 16) : width / 2;
  const y = (v: number): number => base - ((v - lo + pad) / (hi - lo + 2 * pad)) * (base - top);
  const ticks = niceTicks(lo - pad, hi + pad, 5);
  const decimals = tickDecimals(ticks, quantity.scale);
  const every = Math.max(1, Math.ceil(layers / Math.max(2, (width - left - right) / 26)));
  return (
    <>
      {ticks.map((t, n) => (
        <g key={t}>
          <path className="rule" d={`M${left} ${y(t)}H${width - right}`} />
          <text className="text text-end text-dim" x={left - 6} y={y(t) + 4}>
            {fixed(t * quantity.scale, decimals)}
            {n === ticks.length - 1 ? quantity.unit.trimEnd() : ''}
          </text>
        </g>
      ))}
      {chance !== undefined ? (
        <path className="reference dotted" d={`M${left} ${y(chance)}H${width - right}`} />
      ) : null}
      {series.map((s) => {
        const points = Array.from(s.values, (v, n) => [n + 1, v] as [number, number]);
        const path = line<[number, number]>()
          .defined((p) => Number.isFinite(p[1]))
          .x((p) => x(p[0]))
          .y((p) => y(p[1]))(points);
        return (
          <g key={s.id}>
            {s.lo && s.hi
              ? points.map(([l], n) => (
                  <path
                    key={l}
                    className={`${stroke[s.tone]} thin`}
                    d={`M${x(l)} ${y(s.lo?.[n] ?? NaN)}V${y(s.hi?.[n] ?? NaN)}`}
                  />
                ))
              : null}
            <path className={stroke[s.tone]} d={path ?? ''} />
            {points
              .filter((p) => Number.isFinite(p[1]))
              .map(([l, v]) => (
                <circle key={l} className={fill[s.tone]} cx={x(l)} cy={y(v)} r={3} />
              ))}
          </g>
        );
      })}
      {columns(layers)
        .filter((l) => (layers - l) % every === 0)
        .map((l) => (
          <text key={l} className="text text-mid" x={x(l)} y={base + 15}>
            {l}
          </text>
        ))}
      <text className="text text-mid text-strong" x={(left + width - right) / 2} y={height - 3}>
        {axis}
      </text>
      <Keys series={series} left={left} />
    </>
  );
}

/** Names of the series, in their hues, in one line above the chart. */
function Keys({ series, left }: { series: CurveSeries[]; left: number }) {
  let x = left;
  return series.map((s) => {
    const at = x;
    x += 26 + s.label.length * 6.4;
    return (
      <g key={s.id}>
        <path className={stroke[s.tone]} d={`M${at} 8h12`} />
        <text className={`text ${fill[s.tone]}`} x={at + 16} y={12}>
          {s.label}
        </text>
      </g>
    );
  });
}
