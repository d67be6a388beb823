import { useEffect, useRef } from 'react';
import { fixed } from '../../charts/format';
import { fullAt, lowers, overlay, raises } from '../../charts/overlay';
import type { ExplainedSide } from '../../engine/dependency/operations';
import { frameGround, melGround, pictureGround, type Ground } from './maps';

function Over({
  ground,
  map,
  full,
  label,
}: {
  ground: Ground;
  map: Float32Array;
  full: number;
  label?: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = ground;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const own = Float32Array.from({ length: width * height }, (_, p) => map[ground.cell(p)]);
    const image = context.createImageData(width, height);
    image.data.set(overlay(ground.rgb, own, full));
    context.putImageData(image, 0, 0);
  }, [ground, map, full, width, height]);
  return (
    <canvas
      ref={canvas}
      width={width}
      height={height}
      {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true })}
    />
  );
}

/** The pieces that raise T most and lower it most, in words: "love +0.42, the +0.05". */
export function strongest(tokens: readonly string[], values: ArrayLike<number>, sign: 1 | -1): string {
  return tokens
    .map((token, n) => ({ token, value: values[n] }))
    .filter(({ value }) => sign * value > 0)
    .sort((x, y) => sign * (y.value - x.value))
    .slice(0, 3)
    .map(({ token, value }) => `${token} ${fixed(value, 2, true)}`)
    .join(', ');
}

/** Which pieces raise T and which lower it: the colour's strength is the size. */
function Tokens({ tokens, values }: { tokens: string[]; values: Float32Array }) {
  const full = fullAt(values);
  const [up, down] = [strongest(tokens, values, 1), strongest(tokens, values, -1)];
  return (
    <>
      <p className="carried-words">
        {tokens.map((token, n) => {
          const share = full > 0 ? 0.6 * Math.min(1, Math.abs(values[n]) / full) : 0;
          const [r, g, b] = values[n] > 0 ? raises : lowers;
          return (
            <span
              key={n}
              style={{ background: `rgb(${r} ${g} ${b} / ${share.toFixed(2)})` }}
              title={`${token}: ${fixed(values[n], 3, true)}`}
            >
              {token}
            </span>
          );
        })}
      </p>
      <p className="fine">
        {up ? `Raise it most: ${up}. ` : ''}
        {down ? `Lower it most: ${down}.` : ''}
      </p>
    </>
  );
}

/** What of one input carries T, drawn over what the encoder saw. */
export function AttributionView({ side, of }: { side: 'A' | 'B'; of: ExplainedSide['drawn'] }) {
  if (!of)
    return (
      <p className="fine">
        An evaluation sample: the pack ships its states and not its content, so there is nothing to draw over.
      </p>
    );
  const { seen, map } = of;
  const full = fullAt(map.values);
  if (full === 0)
    return <p className="fine">Nothing of {side} moves the score here: all of its gradients are zero.</p>;
  const label = `What of ${side} carries the score, over what its encoder saw: teal raises it, brown lowers it`;
  if (seen.kind === 'tokens') return <Tokens tokens={seen.tokens} values={map.values} />;
  if (seen.kind === 'logmel')
    return (
      <div className="carried mel-map">
        <Over ground={melGround(seen)} map={map.values} full={full} label={label} />
      </div>
    );
  if (seen.kind === 'pixels')
    return (
      <div className="carried picture-map">
        <Over ground={pictureGround(seen)} map={map.values} full={full} label={label} />
      </div>
    );
  return (
    <div className="carried frames-map" role="img" aria-label={label}>
      {Array.from({ length: seen.count }, (_, frame) => (
        <Over key={frame} ground={frameGround(seen, frame)} map={map.values} full={full} />
      ))}
    </div>
  );
}
