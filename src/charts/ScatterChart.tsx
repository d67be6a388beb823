import { useMemo } from 'react';
import { fixed, tickDecimals, type Quantity } from './format';
import type { Limit } from './Legend';
import { scatterGeometry, type ScatterAxis } from './scatter';
import { useSize } from './use-size';

export interface ScatterProps {
  /** One value a point. */
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  quantityX: Quantity;
  quantityY: Quantity;
  /** Points drawn dark: the strategy's. */
  current?: readonly number[];
  /** A value of x that none can truly be above: dotted, where the axis reaches it. */
  limit?: Limit;
  /** What a point is, for the pointer. */
  name(index: number): string;
  label: string;
}

/** Two figures of the same things against each other. */
export function ScatterChart(props: ScatterProps) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  return (
    <div ref={ref} role="img" aria-label={props.label}>
      {width > 0 ? (
        <svg width={width} height={300} aria-hidden="true">
          <ScatterMarks {...props} width={Math.min(width, 520)} height={300} />
        </svg>
      ) : null}
    </div>
  );
}

const box = { left: 44, right: 10, top: 22, foot: 40 };

const tickText = ({ ticks }: ScatterAxis, q: Quantity): ((value: number) => string) => {
  const decimals = tickDecimals(ticks, q.scale);
  return (value) => fixed(value * q.scale, decimals, q.signed);
};

const named = ({ name, unit }: Quantity): string => (unit ? `${name},${unit}` : name);

export function ScatterMarks({
  x: xs,
  y: ys,
  quantityX,
  quantityY,
  current = [],
  limit,
  name,
  width,
  height,
}: Omit<ScatterProps, 'label'> & { width: number; height: number }) {
  const { x, y, points } = useMemo(
    () => scatterGeometry(xs, ys, { ...box, width, height }),
    [xs, ys, width, height],
  );
  const [textX, textY] = [tickText(x, quantityX), tickText(y, quantityY)];
  const base = height - box.foot;
  return (
    <>
      {y.ticks.map((t) => (
        <g key={t}>
          <path
            className={t === 0 ? 'reference dashed' : 'rule'}
            d={`M${box.left} ${y.at(t)}H${width - box.right}`}
          />
          <text className="text text-end text-dim" x={box.left - 6} y={y.at(t) + 4}>
            {textY(t)}
          </text>
        </g>
      ))}
      {x.ticks.map((t) => (
        <text key={t} className="text text-mid text-dim" x={x.at(t)} y={base + 18}>
          {textX(t)}
        </text>
      ))}
      {limit && x.at(limit.value) <= width - box.right ? (
        <>
          <path className="reference dotted" d={`M${x.at(limit.value)} ${box.top}V${base}`} />
          <text className="text text-end" x={x.at(limit.value) - 4} y={box.top + 10}>
            {limit.name}
          </text>
        </>
      ) : null}
      {points.map(({ index, at: [cx, cy] }) => {
        const own = current.includes(index);
        return (
          <circle key={index} className={own ? 'dot current-dot' : 'dot'} cx={cx} cy={cy} r={own ? 5 : 3}>
            <title>{name(index)}</title>
          </circle>
        );
      })}
      <text className="text text-mid text-strong" x={(box.left + width - box.right) / 2} y={height - 4}>
        {named(quantityX)}
      </text>
      <text className="text text-strong" x={box.left} y={12}>
        {named(quantityY)}
      </text>
    </>
  );
}
