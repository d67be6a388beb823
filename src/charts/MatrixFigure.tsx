import { Marks, type MatrixData } from './AlignmentMatrix';
import { inkOn } from './colour';
import { show } from './format';
import { columns, corner, rowsDown } from './grid';
import { LegendMarks } from './Legend';

const CELL = 34;
const LEFT = 46;
const TOP = 64;

export const matrixFigureSize = (la: number, lb: number): { width: number; height: number } => ({
  width: LEFT + lb * CELL + 78 + 150,
  height: TOP + la * CELL + 44,
});

/** The alignment matrix as one SVG: margins, axes, marks and legend, for export. */
export function MatrixFigure(
  data: MatrixData & { current: { value: number; lo?: undefined; hi?: undefined } },
) {
  const { la, lb, a, b, values, scale, margins, mask, diagonal, says, quantity, limit } = data;
  const [right, bottom] = [LEFT + lb * CELL, TOP + la * CELL];
  const top = (side: 'a' | 'b'): number =>
    Math.max(1e-9, ...Array.from(margins?.[side].values ?? []).filter(Number.isFinite));
  return (
    <>
      {margins ? (
        <>
          <text className="text text-strong fill-b" x={LEFT - 8} y={TOP - 6} textAnchor="end">
            B alone
          </text>
          <text className="text text-strong fill-a" x={right + 8} y={TOP - 6}>
            A alone
          </text>
        </>
      ) : null}
      {rowsDown(la).map((i) =>
        columns(lb).map((j) => {
          const n = (i - 1) * lb + j - 1;
          const { x, y } = corner({ i, j }, la);
          const has = Number.isFinite(values[n]);
          const fill = has ? scale.colour(values[n]) : undefined;
          return (
            <g key={`${i} ${j}`}>
              <rect
                x={LEFT + x * CELL + 0.5}
                y={TOP + y * CELL + 0.5}
                width={CELL - 1}
                height={CELL - 1}
                fill={fill}
                className={has ? undefined : 'hatched'}
              />
              {says && fill ? (
                <text
                  className={`text text-mid${says[n].differs ? ' text-strong' : ''}`}
                  style={{ fill: inkOn(fill) }}
                  x={LEFT + (x + 0.5) * CELL}
                  y={TOP + (y + 0.5) * CELL + 4}
                >
                  {says[n].text}
                </text>
              ) : null}
            </g>
          );
        }),
      )}
      <g transform={`translate(${LEFT} ${TOP}) scale(${CELL})`}>
        <Marks la={la} lb={lb} mask={mask} diagonal={diagonal} />
      </g>
      {rowsDown(la).map((i) => {
        const y = TOP + corner({ i, j: 1 }, la).y * CELL;
        const value = margins?.a.values[i - 1] ?? NaN;
        return (
          <g key={i}>
            <text className="text text-end" x={LEFT - 6} y={y + CELL / 2 + 4}>
              {i}
            </text>
            {margins ? (
              <>
                <rect
                  className="fill-a"
                  fillOpacity={0.55}
                  x={right + 6}
                  y={y + 7}
                  width={Math.max(0, (value / top('a')) * 26)}
                  height={CELL - 14}
                />
                <text
                  className="text"
                  x={right + 38}
                  y={y + CELL / 2 + 4}
                  textDecoration={margins.a.best === i ? 'underline' : undefined}
                >
                  {show(margins.quantity, value)}
                </text>
              </>
            ) : null}
          </g>
        );
      })}
      {columns(lb).map((j) => {
        const x = LEFT + (j - 0.5) * CELL;
        const value = margins?.b.values[j - 1] ?? NaN;
        const tall = Math.max(0, (value / top('b')) * 30);
        return (
          <g key={j}>
            <text className="text text-mid" x={x} y={bottom + 16}>
              {j}
            </text>
            {margins ? (
              <>
                <rect
                  className="fill-b"
                  fillOpacity={0.55}
                  x={x - 10}
                  y={TOP - 6 - tall}
                  width={20}
                  height={tall}
                />
                <text
                  className="text text-mid"
                  x={x}
                  y={TOP - 11 - tall}
                  textDecoration={margins.b.best === j ? 'underline' : undefined}
                >
                  {show(margins.quantity, value)}
                </text>
              </>
            ) : null}
          </g>
        );
      })}
      <text className="text text-mid fill-a" transform={`translate(14 ${TOP + (la * CELL) / 2}) rotate(-90)`}>
        {`A ${a.label} · ${a.family} layer i`}
      </text>
      <text className="text text-mid fill-b" x={LEFT + (lb * CELL) / 2} y={bottom + 36}>
        {`B ${b.label} · ${b.family} layer j`}
      </text>
      <text className="text text-strong" x={right + 96} y={TOP - 12}>
        {quantity.name}
      </text>
      <g transform={`translate(${right + 84} ${TOP})`}>
        <LegendMarks
          scale={scale}
          quantity={quantity}
          values={values}
          limit={limit}
          unit={quantity.unit.trim()}
          current={data.current}
          width={140}
          height={la * CELL}
        />
      </g>
    </>
  );
}
