import { forestGeometry, forestHeight, forestSizes, isBeyond, type ForestGroup } from './forest';
import { fixed, tickDecimals, type Quantity } from './format';
import { useSize } from './use-size';

export interface ForestProps {
  groups: ForestGroup[];
  quantity: Quantity;
  /** Least reach to each side of zero. */
  least: number;
  label: string;
}

/** Differences with their intervals around zero: filled where zero is outside the interval. */
export function ForestChart(props: ForestProps) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  const height = forestHeight(props.groups);
  return (
    <div ref={ref} role="img" aria-label={props.label} style={{ minHeight: height }}>
      {width > 0 ? (
        <svg width={width} height={height} aria-hidden="true">
          <ForestMarks {...props} width={Math.min(width, 520)} />
        </svg>
      ) : null}
    </div>
  );
}

export function ForestMarks({
  groups,
  quantity,
  least,
  width,
}: Omit<ForestProps, 'label'> & { width: number }) {
  const { x, ticks, placed, foot } = forestGeometry(groups, width, least);
  const decimals = tickDecimals(ticks, quantity.scale);
  return (
    <>
      {ticks.map((t) => (
        <g key={t}>
          <path className={t === 0 ? 'reference' : 'rule'} d={`M${x(t)} 4V${foot}`} />
          <text className="text text-mid text-dim" x={x(t)} y={foot + 15}>
            {fixed(t * quantity.scale, decimals, true)}
          </text>
        </g>
      ))}
      {placed.map((group) => (
        <g key={group.name}>
          <text className="text text-strong" x={0} y={group.head}>
            {group.name}
          </text>
          {group.rows.map((row) => (
            <g key={row.label} className={isBeyond(row.difference) ? 'current' : undefined}>
              <text className="text" x={8} y={row.y + 4}>
                {row.label} <tspan className="text-dim">{row.detail}</tspan>
              </text>
              <path className="whisker" d={`M${row.lo} ${row.y}H${row.hi}`} />
              <circle
                className={isBeyond(row.difference) ? 'dot' : 'dot hollow'}
                cx={row.x}
                cy={row.y}
                r={4.5}
              />
            </g>
          ))}
        </g>
      ))}
      <text
        className="text text-mid text-strong"
        x={(forestSizes.left + width - forestSizes.right) / 2}
        y={foot + 33}
      >
        {quantity.name}
        {quantity.unit ? `,${quantity.unit}` : ''}
      </text>
    </>
  );
}
