import { useId } from 'react';
import { frequencyColour } from './colour';
import { fixed } from './format';
import { columns, corner, outline, rowsDown, sparseTicks } from './grid';
import { DarkLightHatch } from './hatch';

export interface MaskChartProps {
  la: number;
  lb: number;
  /** [la·lb] selection frequency π of each pair, row by row of A; null before the first resample. */
  frequency: ArrayLike<number> | null;
  /** [la·lb] which pairs are in the mask. */
  mask: ArrayLike<boolean>;
  dark: boolean;
  /** Said to screen readers. */
  label: string;
}

/** Twelve layers make cells of 15; fewer make larger ones in the same room. */
const cellOf = (la: number, lb: number): number => 180 / Math.max(la, lb);
const LEFT = 20;
const FOOT = 18;

export function maskSize(la: number, lb: number): { width: number; height: number } {
  const cell = cellOf(la, lb);
  return { width: LEFT + lb * cell + 4, height: la * cell + FOOT };
}

/** Selection frequencies, panel grey to ink, with the mask hatched and outlined. */
export function MaskChart(props: MaskChartProps) {
  const { width, height } = maskSize(props.la, props.lb);
  return (
    <svg className="mask-chart" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={props.label}>
      <MaskMarks {...props} />
    </svg>
  );
}

export function MaskMarks({ la, lb, frequency, mask, dark }: Omit<MaskChartProps, 'label'>) {
  const hatch = useId();
  const cell = cellOf(la, lb);
  const at = (i: number, j: number): [number, number] => {
    const { x, y } = corner({ i, j }, la);
    return [LEFT + x * cell, y * cell];
  };
  return (
    <>
      <DarkLightHatch id={hatch} />
      {rowsDown(la).map((i) =>
        columns(lb).map((j) => {
          const n = (i - 1) * lb + j - 1;
          const [x, y] = at(i, j);
          const pi = frequency ? frequency[n] : 0;
          return (
            <g key={`${i} ${j}`}>
              <rect x={x} y={y} width={cell - 1} height={cell - 1} fill={frequencyColour(pi, dark)}>
                <title>{frequency ? `(${i}, ${j}) π ${fixed(pi, 2)}` : `(${i}, ${j})`}</title>
              </rect>
              {mask[n] ? (
                <rect
                  x={x}
                  y={y}
                  width={cell - 1}
                  height={cell - 1}
                  fill={`url(#${hatch})`}
                  pointerEvents="none"
                />
              ) : null}
            </g>
          );
        }),
      )}
      <path
        className="mask-outline"
        transform={`translate(${LEFT - 0.5} -0.5) scale(${cell})`}
        d={outline(mask, la, lb)}
      />
      {sparseTicks(la).map((i) => (
        <text key={i} className="text text-end" x={LEFT - 5} y={at(i, 1)[1] + cell / 2 + 3.5}>
          {i}
        </text>
      ))}
      {sparseTicks(lb).map((j) => (
        <text key={j} className="text text-mid" x={at(1, j)[0] + cell / 2 - 0.5} y={la * cell + 13}>
          {j}
        </text>
      ))}
      <text className="text text-end fill-a text-strong" x={LEFT - 5} y={(la / 2) * cell + 4}>
        A
      </text>
      <text className="text text-mid fill-b text-strong" x={LEFT + (lb / 2) * cell} y={la * cell + 13}>
        B
      </text>
    </>
  );
}

/** π from 0 to 1, hatched from τ on. */
export function FrequencyLegend({ tau, dark }: { tau: number; dark: boolean }) {
  const hatch = useId();
  const [left, room] = [10, 180];
  const steps = 24;
  return (
    <svg className="frequency-legend" viewBox="0 0 200 28" aria-hidden="true">
      <DarkLightHatch id={hatch} />
      {Array.from({ length: steps }, (_, s) => (
        <rect
          key={s}
          x={left + (s / steps) * room}
          y={4}
          width={room / steps + 0.6}
          height={8}
          fill={frequencyColour((s + 0.5) / steps, dark)}
        />
      ))}
      <rect x={left + tau * room} y={4} width={(1 - tau) * room} height={8} fill={`url(#${hatch})`} />
      <path className="tau" d={`M${left + tau * room} 1v14`} />
      <text className="text" x={left} y={25}>
        π 0
      </text>
      <text className="text text-end" x={left + room} y={25}>
        1
      </text>
    </svg>
  );
}
