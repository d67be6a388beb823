import { useRef, useState, type PointerEvent } from 'react';
import { fixed, showUnit, tickDecimals, type Quantity } from './format';
import { curvePath, sliderGeometry, spreadLabels, type ReferenceLine, type SliderPoint } from './sliders';
import { useSize } from './use-size';

export interface SliderChartProps {
  /** Name of the slider for screen readers. */
  label: string;
  from: number;
  to: number;
  at: number;
  /** What the slider says: the strategy, its metric and its interval. */
  valueText: string;
  points: SliderPoint[];
  /** Another series to compare with: drawn lighter, without intervals. */
  beside?: SliderPoint[];
  lines: ReferenceLine[];
  range: { lo: number; hi: number; ticks: number[] };
  quantity: Quantity;
  ticks: number[];
  format(at: number): string;
  /** "skew d" between "‹ B deeper" and "A deeper ›". */
  axis: { name: string; from: string; to: string };
  /** Numbers on the vertical axis; names of the reference lines at the right. */
  numbers: boolean;
  names: boolean;
  /** A place named above the chart: SSFN. */
  flag?: { at: number; text: string } | null;
  onChange(at: number): void;
  onPeek(at: number | null): void;
}

const THUMB = 14;
const FOOT = 44;

/** A native range input stretched over a chart: the chart is its track, the thumb is drawn as a pill. */
export function SliderChart(props: SliderChartProps) {
  const { from, to, at, label, valueText, numbers, names, onChange, onPeek } = props;
  const [ref, { width, height }] = useSize<HTMLDivElement>();
  const left = numbers ? 46 : 24;
  const right = names ? 88 : 20;
  const peeked = useRef<number | null>(null);
  const peek = (value: number | null): void => {
    if (value === peeked.current) return;
    peeked.current = value;
    onPeek(value);
  };
  const onPointerMove = (event: PointerEvent<HTMLInputElement>): void => {
    if (event.pointerType === 'touch') return;
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left - THUMB / 2) / (box.width - THUMB);
    peek(event.buttons ? null : Math.round(from + (to - from) * Math.min(1, Math.max(0, share))));
  };
  return (
    <div className="slider-chart" ref={ref}>
      {height > 60 ? (
        <svg width={width} height={height} aria-hidden="true">
          <SliderMarks {...props} width={width} height={height} left={left} right={right} />
        </svg>
      ) : null}
      <input
        type="range"
        min={from}
        max={to}
        step={1}
        value={at}
        aria-label={label}
        aria-valuetext={valueText}
        style={{ left: left - THUMB / 2, width: Math.max(0, width - left - right + THUMB) }}
        onChange={(event) => onChange(Number(event.currentTarget.value))}
        onPointerMove={onPointerMove}
        onPointerLeave={() => peek(null)}
      />
    </div>
  );
}

interface MarksProps extends Omit<SliderChartProps, 'label' | 'valueText' | 'onChange' | 'onPeek'> {
  width: number;
  height: number;
  left: number;
  right: number;
}

/** The chart alone, as it is also exported. */
export function SliderMarks(props: MarksProps) {
  const { width, height, left, right, from, to, at, points, beside, lines, range, quantity, numbers } = props;
  const g = sliderGeometry(
    { width, height, left, right, foot: FOOT, top: props.flag ? 12 : 4 },
    from,
    to,
    range,
  );
  const [x0, x1] = [left - 8, width - right + 8];
  const defined = points.filter((p) => Number.isFinite(p.value));
  const has = new Set(points.map((p) => p.at));
  const missing: number[] = [];
  for (let v = from; v <= to; v++) if (!has.has(v)) missing.push(v);
  const label = props.format(at);
  const pill = Math.max(34, label.length * 7 + 14);
  const knob = Math.min(width - pill, Math.max(0, g.x(at) - pill / 2));
  const decimals = tickDecimals(range.ticks, quantity.scale);
  const topTick = range.ticks[range.ticks.length - 1];
  const shownLines = lines.filter((l) => Number.isFinite(l.value));
  const nameAt = spreadLabels(
    shownLines.map((l) => g.y(l.value) + 4),
    14,
    14,
    g.base - 4,
  );
  return (
    <>
      {missing.map((v) => (
        <rect
          key={v}
          className="hatched"
          x={g.x(v) - g.step / 2}
          y={10}
          width={g.step}
          height={g.base - 10}
        />
      ))}
      {range.ticks.map((t) => (
        <g key={t}>
          <path className="rule" d={`M${x0} ${g.y(t)}H${x1}`} />
          {numbers ? (
            <text className="text text-end text-dim" x={left - 14} y={g.y(t) + 4}>
              {fixed(t * quantity.scale, decimals)}
              {t === topTick ? quantity.unit.trimEnd() : ''}
            </text>
          ) : null}
        </g>
      ))}
      {shownLines.map((l, n) => (
        <g key={l.label}>
          <path className={`reference ${l.dash}`} d={`M${x0} ${g.y(l.value)}H${x1}`} />
          {props.names ? (
            <text className="text" x={width - right + 13} y={nameAt[n]}>
              {l.label} {fixed(l.value * quantity.scale, quantity.decimals)}
            </text>
          ) : null}
        </g>
      ))}
      {beside ? (
        <g className="beside">
          <path className="curve" d={curvePath(beside, g)} />
          {beside.map((p) => (
            <circle key={p.at} className="dot hollow" cx={g.x(p.at)} cy={g.y(p.value)} r={2.6} />
          ))}
        </g>
      ) : null}
      <path className="curve" d={curvePath(points, g)} />
      <path className="hair" d={`M${g.x(at)} 6V${g.base}`} />
      {defined
        .filter((p) => p.at !== at)
        .concat(defined.filter((p) => p.at === at))
        .map((p) => {
          const hollow = p.hollow ? ' hollow' : '';
          return (
            <g key={p.at} className={p.at === at ? 'current' : undefined}>
              {Number.isFinite(p.lo) && Number.isFinite(p.hi) ? (
                <path className={`whisker${hollow}`} d={`M${g.x(p.at)} ${g.y(p.lo)}V${g.y(p.hi)}`} />
              ) : null}
              <circle
                className={`dot${hollow}`}
                cx={g.x(p.at)}
                cy={g.y(p.value)}
                r={p.at === at ? 5 : Math.min(3.2, g.step / 4)}
              />
            </g>
          );
        })}
      {props.flag ? (
        <text className="text text-mid text-strong" x={g.x(props.flag.at)} y={10}>
          {props.flag.text}
        </text>
      ) : null}
      <path className="track" d={`M${g.x(from)} ${g.base}H${g.x(to)}`} />
      {props.ticks.map((t) => (
        <g key={t}>
          <path className="rule" d={`M${g.x(t)} ${g.base - 3}v6`} />
          {Math.abs(g.x(t) - g.x(at)) > pill / 2 + 8 ? (
            <text className="text text-mid" x={g.x(t)} y={g.base + 17}>
              {props.format(t)}
            </text>
          ) : null}
        </g>
      ))}
      <rect className="knob" x={knob} y={g.base - 11} width={pill} height={22} rx={11} />
      <text className="knob-text text-mid" x={knob + pill / 2} y={g.base + 4}>
        {label}
      </text>
      {g.x(to) - g.x(from) > 150 ? (
        <>
          <text className="text text-dim" x={g.x(from) - 6} y={height - 4}>
            {props.axis.from}
          </text>
          <text className="text text-end text-dim" x={g.x(to) + 6} y={height - 4}>
            {props.axis.to}
          </text>
        </>
      ) : null}
      <text className="text text-mid text-strong" x={(g.x(from) + g.x(to)) / 2} y={height - 4}>
        {props.axis.name}
      </text>
    </>
  );
}

/** What hovering over a slider's track reads out, or null: shared by the panels' title lines. */
export function usePeek(): [number | null, (at: number | null) => void] {
  return useState<number | null>(null);
}

/** "skew +2, accuracy 79.8 %, 95 % from 75.6 to 83.4". */
export function speakPoint(name: string, q: Quantity, point: SliderPoint | undefined): string {
  if (!point || !Number.isFinite(point.value)) return `${name}, no figure`;
  const interval =
    Number.isFinite(point.lo) && Number.isFinite(point.hi)
      ? `, 95 % from ${showUnit(q, point.lo)} to ${showUnit(q, point.hi)}`
      : '';
  return `${name}, ${q.name} ${showUnit(q, point.value)}${interval}`;
}
