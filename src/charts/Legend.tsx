import { memo, useId } from 'react';
import type { ColourScale } from './colour';
import { fixed, show, tickDecimals, type Interval, type Quantity } from './format';
import { histogram, onBar, ticksThatFit } from './legend';
import { useSize } from './use-size';

/** A value that is drawn whether the bar reaches it or not. */
export interface Limit {
  value: number;
  /** "ln 10". */
  name: string;
}

export interface LegendProps {
  scale: ColourScale;
  quantity: Quantity;
  /** All cells, for the histogram. */
  values: ArrayLike<number>;
  /** The value in hand, and its interval where it has one. */
  current: (Interval | { value: number; lo?: undefined; hi?: undefined }) | null;
  limit?: Limit;
  /** Above the bar: "nats". */
  unit?: string;
}

const BINS = 36;
const STOPS = 24;

/** Fills its box: colour bar, ticks, the value in hand with its 95 % bracket, and where all cells lie. */
export function Legend(props: LegendProps) {
  const [ref, { width, height }] = useSize<HTMLDivElement>();
  return (
    <div ref={ref} className="legend" aria-hidden="true">
      {height > 40 ? (
        <svg width={width} height={height}>
          <LegendMarks {...props} width={width} height={height} />
        </svg>
      ) : null}
    </div>
  );
}

const tickText = (q: Quantity, scale: ColourScale, ticks: number[], tick: number): string => {
  const end = tick === scale.lo && scale.beyondLo ? '≤ ' : tick === scale.hi && scale.beyondHi ? '≥ ' : '';
  const decimals = tickDecimals(ticks, q.scale);
  return end + fixed(tick * q.scale, decimals, q.signed);
};

export function LegendMarks({ current, ...still }: LegendProps & { width: number; height: number }) {
  const { scale, quantity, height } = still;
  const y = (v: number): number => onBar(v, scale.lo, scale.hi, topOf(still), height - TOP);
  return (
    <g>
      <Scale {...still} />
      {current && Number.isFinite(current.value) ? (
        <g>
          <title>{show(quantity, current.value)}</title>
          <path className="needle" d={`M${LEFT} ${y(current.value)}h${BAR}l7 -5v10l-7 -5`} />
          {current.lo !== undefined && current.hi !== undefined ? (
            <path className="bracket" d={`M${LEFT + BAR + 4} ${y(current.hi)}h6V${y(current.lo)}h-6`} />
          ) : null}
        </g>
      ) : null}
    </g>
  );
}

const [TOP, LEFT, BAR] = [7, 34, 13];
/** Room above the bar for a limit that it does not reach, and for the unit. */
const BEYOND = 22;
const UNIT = 14;

const isBeyond = ({ limit, scale }: Pick<LegendProps, 'limit' | 'scale'>): boolean =>
  limit !== undefined && limit.value > scale.hi;

/** Where the bar begins. */
const topOf = (props: Pick<LegendProps, 'limit' | 'scale' | 'unit'>): number =>
  TOP + (props.unit ? UNIT : 0) + (isBeyond(props) ? BEYOND : 0);

/** What rests while the value in hand changes: the bar, its ticks, where all cells lie. */
const Scale = memo(function Scale({
  scale,
  quantity,
  values,
  limit,
  unit,
  width,
  height,
}: Omit<LegendProps, 'current'> & { width: number; height: number }) {
  const id = useId();
  const bottom = height - TOP;
  const top = topOf({ scale, limit, unit });
  const beyond = isBeyond({ scale, limit });
  const y = (v: number): number => onBar(v, scale.lo, scale.hi, top, bottom);
  const counts = histogram(Array.from(values), scale.lo, scale.hi, BINS);
  const most = Math.max(1, ...counts);
  const from = LEFT + BAR + 16;
  const room = Math.max(0, width - from - 2);
  const bin = (bottom - top) / BINS;
  const ticks = ticksThatFit(scale.ticks, bottom - top);
  const limitY = beyond ? top - BEYOND + 5 : y(limit?.value ?? 0);
  return (
    <g>
      <defs>
        <linearGradient id={id} x1="0" y1="1" x2="0" y2="0">
          {Array.from({ length: STOPS + 1 }, (_, s) => (
            <stop
              key={s}
              offset={s / STOPS}
              stopColor={scale.colour(scale.lo + (s / STOPS) * (scale.hi - scale.lo))}
            />
          ))}
        </linearGradient>
      </defs>
      <rect x={LEFT} y={top} width={BAR} height={bottom - top} fill={`url(#${id})`} />
      {ticks.map((tick) => (
        <text key={tick} className="text text-end" x={LEFT - 6} y={y(tick) + 4}>
          {tickText(quantity, scale, ticks, tick)}
        </text>
      ))}
      {unit ? (
        <text className="text text-dim" x={LEFT} y={TOP + 4}>
          {unit}
        </text>
      ) : null}
      {limit ? (
        <g>
          {beyond ? (
            <path className="reference dotted" d={`M${LEFT + BAR / 2} ${top - 2}V${limitY}`} />
          ) : null}
          <path className="reference" d={`M${LEFT - 3} ${limitY}h${BAR + 9}`} />
          {beyond ? (
            <text className="text text-end" x={LEFT - 6} y={limitY + 4}>
              {fixed(limit.value * quantity.scale, quantity.decimals)}
            </text>
          ) : null}
          <text className="text text-strong" x={from - 4} y={limitY + 4}>
            {limit.name}
          </text>
        </g>
      ) : null}
      {counts.map((c, n) =>
        c ? (
          <rect
            key={n}
            className="histogram"
            x={from}
            y={bottom - (n + 1) * bin + 0.5}
            width={Math.max(1, (c / most) * room)}
            height={Math.max(1, bin - 1)}
          />
        ) : null,
      )}
    </g>
  );
});
