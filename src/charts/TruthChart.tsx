import { scaleLinear } from 'd3';
import { fixed, tickDecimals } from './format';

/** What a model predicts against what is true, both axes alike: on the dashed line they are equal. */
export function TruthMarks({
  truth,
  said,
  width,
  height,
}: {
  truth: ArrayLike<number>;
  said: ArrayLike<number>;
  width: number;
  height: number;
}) {
  const [left, right, top, foot] = [44, 8, 8, 40];
  const all = [...Array.from(truth), ...Array.from(said)];
  const domain = [
    all.reduce((x, y) => Math.min(x, y), Infinity),
    all.reduce((x, y) => Math.max(x, y), -Infinity),
  ];
  const x = scaleLinear(domain, [left, width - right]).nice(5);
  const y = scaleLinear(x.domain(), [height - foot, top]);
  const ticks = x.ticks(5);
  const decimals = tickDecimals(ticks, 1);
  const [from, to] = x.domain();
  return (
    <>
      {ticks.map((t) => (
        <g key={t}>
          <path className="rule" d={`M${x(from)} ${y(t)}H${x(to)}`} />
          <text className="text text-end text-dim" x={left - 6} y={y(t) + 4}>
            {fixed(t, decimals)}
          </text>
          <text className="text text-mid text-dim" x={x(t)} y={height - foot + 18}>
            {fixed(t, decimals)}
          </text>
        </g>
      ))}
      <path className="reference dashed" d={`M${x(from)} ${y(from)}L${x(to)} ${y(to)}`} />
      {Array.from(truth, (value, s) => (
        <circle key={s} className="dot" cx={x(value)} cy={y(said[s])} r={2} />
      ))}
      <text className="text text-mid text-strong" x={(x(from) + x(to)) / 2} y={height - 4}>
        true
      </text>
      <text className="text text-strong" x={left + 5} y={top + 9}>
        predicted
      </text>
    </>
  );
}
