import { scaleLinear } from 'd3';
import { fixed, tickDecimals, type Interval, type Quantity } from './format';
import { useSize } from './use-size';

/** Differences of one model from several others, each with its paired interval. */
export interface GainRow {
  label: string;
  /** In lighter ink, under the label. */
  detail: string;
  /** By column; null where it was not measured. No interval: lo and hi are NaN. */
  values: (Interval | null)[];
  /** Somebody else's figures: hollow. */
  hollow?: boolean;
}

export interface GainsProps {
  columns: string[];
  rows: GainRow[];
  quantity: Quantity;
  label: string;
}

const ROW = 44;
const HEAD = 26;
const FOOT = 24;
const NAMES = 168;

/** How many columns stand side by side. */
const across = (width: number, columns: number): number =>
  Math.max(1, Math.min(columns, Math.floor((width - NAMES) / 150)));

const bands = (width: number, columns: number): number => Math.ceil(columns / across(width, columns));

export const gainsHeight = (width: number, rows: number, columns: number): number =>
  bands(width, columns) * (HEAD + rows * ROW + FOOT);

/** Dots with their intervals on one scale for all columns, zero marked: right of it is in favour. */
export function GainsChart(props: GainsProps) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  const height = gainsHeight(width, props.rows.length, props.columns.length);
  return (
    <div className="gains" ref={ref} role="img" aria-label={props.label}>
      {width > 0 ? (
        <svg width={width} height={height} aria-hidden="true">
          <GainsMarks {...props} width={width} />
        </svg>
      ) : null}
    </div>
  );
}

export function GainsMarks({
  columns,
  rows,
  quantity,
  width,
}: Omit<GainsProps, 'label'> & { width: number }) {
  const all = rows.flatMap(({ values }) =>
    values.flatMap((v) => (v ? [v.value, v.lo, v.hi].filter(Number.isFinite) : [])),
  );
  const per = across(width, columns.length);
  const wide = (width - NAMES) / per;
  const [lo, hi] = [Math.min(-0.01, ...all), Math.max(0.01, ...all)];
  const scale = scaleLinear([lo, hi], [14, wide - 22]);
  const ticks = scale.ticks(Math.max(2, Math.floor(wide / 70)));
  const decimals = tickDecimals(ticks, quantity.scale);
  const band = HEAD + rows.length * ROW + FOOT;
  return (
    <>
      {Array.from({ length: bands(width, columns.length) }, (_, b) => (
        <g key={b} transform={`translate(0 ${b * band})`}>
          {rows.map((row, r) => (
            <g key={row.label + row.detail}>
              <path className="rule" d={`M0 ${HEAD + r * ROW}H${width}`} />
              <text className={row.hollow ? 'text' : 'text text-strong'} x={0} y={HEAD + r * ROW + 18}>
                {row.label}
              </text>
              <text className="text text-dim" x={0} y={HEAD + r * ROW + 33}>
                {row.detail}
              </text>
            </g>
          ))}
          {columns.slice(b * per, (b + 1) * per).map((name, c) => (
            <g key={name} transform={`translate(${NAMES + c * wide} 0)`}>
              <text className="text text-strong" x={14} y={16}>
                {name}
              </text>
              {ticks.map((t) => (
                <g key={t}>
                  <path
                    className={t === 0 ? 'reference' : 'rule'}
                    d={`M${scale(t)} ${HEAD}V${HEAD + rows.length * ROW}`}
                  />
                  <text className="text text-mid text-dim" x={scale(t)} y={HEAD + rows.length * ROW + 16}>
                    {fixed(t * quantity.scale, decimals, true)}
                  </text>
                </g>
              ))}
              {rows.map((row, r) => (
                <Dot
                  key={row.label + row.detail}
                  figure={row.values[b * per + c] ?? null}
                  y={HEAD + r * ROW + ROW / 2}
                  x={scale}
                  hollow={row.hollow}
                />
              ))}
            </g>
          ))}
        </g>
      ))}
    </>
  );
}

function Dot({
  figure,
  x,
  y,
  hollow,
}: {
  figure: Interval | null;
  x(value: number): number;
  y: number;
  hollow?: boolean;
}) {
  if (!figure || !Number.isFinite(figure.value)) return null;
  return (
    <>
      {Number.isFinite(figure.lo) ? (
        <path className="whisker wide" d={`M${x(figure.lo)} ${y}H${x(figure.hi)}`} />
      ) : null}
      <circle className={hollow ? 'dot hollow' : 'current-dot'} cx={x(figure.value)} cy={y} r={4.5} />
    </>
  );
}
