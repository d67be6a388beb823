import { useMemo } from 'react';
import { cut } from './classes';
import { classCentres, dotsPath, fitPoints, placeLabels } from './projection';
import { useSize } from './use-size';

export interface ProjectionChartProps {
  /** [n, 2] */
  points: ArrayLike<number>;
  labels: ArrayLike<number>;
  classes: string[];
  sample: [number, number] | null;
  /** The answer's class, drawn dark; −1 for none. */
  answer: number;
  label: string;
}

/** Evaluation samples as dots, classes named in place, the person's sample marked. */
export function ProjectionChart(props: ProjectionChartProps) {
  const [ref, { width, height }] = useSize<HTMLDivElement>();
  return (
    <div className="projection" ref={ref} role="img" aria-label={props.label}>
      {height > 30 ? (
        <svg width={width} height={height} aria-hidden="true">
          <ProjectionMarks {...props} width={width} height={height} />
        </svg>
      ) : null}
    </div>
  );
}

export function ProjectionMarks({
  points,
  labels,
  classes,
  sample,
  answer,
  width,
  height,
}: Omit<ProjectionChartProps, 'label'> & { width: number; height: number }) {
  const { at, me, names, places } = useMemo(() => {
    const box = { width, height, pad: 9 };
    const fit = fitPoints(points, sample, box);
    const at = Array.from({ length: Math.floor(points.length / 2) }, (_, n) =>
      fit(points[2 * n], points[2 * n + 1]),
    );
    const me = sample ? fit(...sample) : null;
    const names = classes.map((name) => cut(name, 9));
    const sizes = names.map((name): [number, number] => [name.length * 7 + 3, 13]);
    return {
      at,
      me,
      names,
      places: placeLabels(classCentres(at, labels, classes.length), sizes, me, box, answer),
    };
  }, [points, labels, classes, sample, answer, width, height]);
  const size = at.length > 600 ? 'small' : undefined;
  return (
    <>
      <path className={`cloud ${size ?? ''}`} d={dotsPath(at.filter((_, n) => labels[n] !== answer))} />
      <path
        className={`cloud in-answer ${size ?? ''}`}
        d={dotsPath(at.filter((_, n) => labels[n] === answer))}
      />
      {places.map((place, c) =>
        place ? (
          <text key={c} className={`place${c === answer ? ' in-answer' : ''}`} x={place[0]} y={place[1] + 4}>
            {names[c]}
          </text>
        ) : null,
      )}
      {me ? (
        <g className="me">
          <circle cx={me[0]} cy={me[1]} r={7} className="me-under" />
          <circle cx={me[0]} cy={me[1]} r={7} className="me-ring" />
          <circle cx={me[0]} cy={me[1]} r={2} className="me-dot" />
        </g>
      ) : null}
    </>
  );
}
