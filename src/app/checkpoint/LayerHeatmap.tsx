import { useMemo } from 'react';
import { inkOn, sequentialScale } from '../../charts/colour';
import { fixed } from '../../charts/format';

/** More layers, and the numbers no longer fit: they are in each cell's title. */
const mostWritten = 12;

/**
 * How alike every two layers of one encoder are, as a table: row and column headers are layers, from 1.
 * @param values [layers, layers]
 */
export function LayerHeatmap({
  layers,
  values,
  label,
}: {
  layers: number;
  values: ArrayLike<number>;
  label: string;
}) {
  const scale = useMemo(() => sequentialScale(values, 0.05), [values]);
  const all = Array.from({ length: layers }, (_, l) => l + 1);
  const written = layers <= mostWritten;
  return (
    <div className="layer-heatmap">
      <table aria-label={label} className={written ? undefined : 'dense'}>
        <thead>
          <tr>
            <th scope="col">
              <span className="hidden">layer</span>
            </th>
            {all.map((q) => (
              <th key={q} scope="col">
                {written || q % 4 === 0 ? q : ''}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...all].reverse().map((p) => (
            <tr key={p}>
              <th scope="row">{written || p % 4 === 0 ? p : ''}</th>
              {all.map((q) => {
                const value = values[(p - 1) * layers + q - 1];
                const colour = scale.colour(value);
                return (
                  <td
                    key={q}
                    title={`layers ${p} and ${q}: ${fixed(value, 3)}`}
                    style={{ background: colour, color: inkOn(colour) }}
                  >
                    {written ? fixed(value, 2).replace('0.', '.') : ''}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
