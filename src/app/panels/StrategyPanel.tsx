import { useMemo } from 'react';
import { SliderChart, speakPoint, usePeek } from '../../charts/SliderChart';
import { show, showUnit, type Interval, type Quantity } from '../../charts/format';
import { valueRange, type SliderPoint } from '../../charts/sliders';
import { diagonalLength } from '../../math/skew';
import { useActions, useApp } from '../../store/react';
import {
  figureOf,
  layers,
  placeOf,
  references,
  skewSeries,
  sparsitySeries,
  valueOf,
  type Point,
} from '../../store/selectors';
import { headModel, scoreSumModel, strategyHead } from '../../store/models';
import type { Layers } from '../../store/models';
import { ssfnSkew } from '../../store/strategy';
import { ExportMenu } from '../ExportMenu';
import { useMedia } from '../use-media';
import {
  differenceOf,
  etaText,
  leastSpan,
  quantityOf,
  skewText,
  ssfnSentence,
  strategyWords,
} from '../words';
import { VariantSwitch } from './VariantSwitch';

const none = { value: NaN, lo: NaN, hi: NaN };
const onTrack = (points: Point[], at: (p: Point) => number, exists: (p: Point) => boolean): SliderPoint[] =>
  points.filter(exists).map((p) => ({ at: at(p), ...(p.figure ?? none) }));

/** The strategy in use: skew and sparsity, each slider on its own chart, and the ways back to named strategies. */
export function StrategyPanel() {
  const l = useApp(layers);
  return (
    <section className="panel strategy" aria-labelledby="strategy-title">
      {l ? <Strategy l={l} /> : <h2 id="strategy-title">Strategy</h2>}
    </section>
  );
}

export const tickSkews = (la: number, lb: number): number[] => {
  const out = [-(la - 1), lb - 1];
  for (let d = 0; d < Math.max(la, lb) - 2; d += 4) {
    if (-d > -(la - 1) + 1) out.push(-d);
    if (d < lb - 2) out.push(d);
  }
  return [...new Set(out)].sort((a, b) => a - b);
};

function Strategy({ l }: { l: Layers }) {
  const strategy = useApp((s) => s.strategy);
  const figures = useApp((s) => valueOf(s.figures));
  const record = useApp((s) => valueOf(s.record));
  const bySkew = useApp(skewSeries);
  const bySparsity = useApp(sparsitySeries);
  const known = useApp(references);
  const ssfn = useApp(ssfnSkew);
  const { setSkew, setSparsity, jump } = useActions();
  const [peekSkew, setPeekSkew] = usePeek();
  const [peekK, setPeekK] = usePeek();
  const narrow = useMedia('(max-width: 599px)');

  const { d, k } = placeOf(strategy, l);
  const most = Math.min(l.la, l.lb);
  const q = quantityOf(figures?.metric ?? 'accuracy');
  const lines = useMemo(
    () =>
      known && figures
        ? [
            { label: 'pairwise', value: known.pairwise.value, dash: 'dotted' as const },
            { label: 'late', value: known.late.value, dash: 'dashed' as const },
            { label: 'score sum', value: figures.value[scoreSumModel(l)], dash: 'dash-dot' as const },
          ]
        : [],
    [known, figures, l],
  );
  // One range for every place of the sliders, so that the axis rests while they move.
  const range = useMemo(() => {
    const heads = figures
      ? Array.from({ length: scoreSumModel(l) - l.la - l.lb }, (_, n) => figureOf(figures, headModel(n, l)))
      : [];
    return valueRange(strategiesOf(heads, l), lines, leastSpan(q));
  }, [figures, l, lines, q]);
  // A single pair off the last layers has its own figure, and no place among the strategies of its diagonal.
  const own = (points: SliderPoint[], at: number): SliderPoint[] =>
    strategy.kind === 'pair' && known ? points.map((p) => (p.at === at ? { at, ...known.now } : p)) : points;
  const skewPoints = own(
    onTrack(
      bySkew,
      (p) => p.d,
      (p) => p.k <= diagonalLength(p.d, l.la, l.lb),
    ),
    d,
  );
  const kPoints = own(
    onTrack(
      bySparsity,
      (p) => p.k,
      (p) => p.k <= diagonalLength(p.d, l.la, l.lb),
    ),
    k,
  );
  const words = strategyWords(strategy, l, ssfn);
  const isAt = (dd: number | null, kk: number): boolean =>
    strategy.kind === 'skew' && dd !== null && d === dd && k === kk;
  return (
    <>
      <header>
        <h2 id="strategy-title">Strategy</h2>
        <ReadLine
          name={words.name}
          detail={words.detail}
          peek={peekSkew !== null ? { d: peekSkew, k } : peekK !== null ? { d, k: peekK } : null}
          l={l}
          q={q}
        />
        <div className="seg" role="group" aria-label="Jump to a strategy">
          <button type="button" aria-pressed={isAt(0, 1)} onClick={() => jump('late')}>
            late
          </button>
          <button type="button" aria-pressed={isAt(0, most)} onClick={() => jump('pairwise')}>
            pairwise
          </button>
          <button type="button" aria-pressed={isAt(ssfn, 1)} onClick={() => jump('ssfn')}>
            SSFN
          </button>
        </div>
        <ExportMenu figure="strategy" what="the skew and sparsity charts" />
      </header>
      <VariantSwitch />
      <p className="line-keys" aria-hidden="true">
        {lines.map((line) => (
          <span key={line.label}>
            <svg viewBox="0 0 24 6">
              <path className={`reference ${line.dash}`} d="M0 3h24" />
            </svg>
            {line.label} {showUnit(q, line.value)}
          </span>
        ))}
      </p>
      <div className="slider-charts">
        <SliderChart
          label="Skew d, layer of A minus layer of B"
          from={-(l.la - 1)}
          to={l.lb - 1}
          at={d}
          valueText={speakPoint(
            `skew ${skewText(d)}`,
            q,
            skewPoints.find((p) => p.at === d),
          )}
          points={skewPoints}
          lines={lines}
          range={range}
          quantity={q}
          ticks={tickSkews(l.la, l.lb)}
          format={skewText}
          axis={{ name: 'skew d', from: '‹ B deeper', to: 'A deeper ›' }}
          numbers
          names={false}
          flag={k === 1 && ssfn !== null ? { at: ssfn, text: 'SSFN' } : null}
          onChange={setSkew}
          onPeek={setPeekSkew}
        />
        <SliderChart
          label="Sparsity η, fused pairs out of the layers"
          from={1}
          to={most}
          at={k}
          valueText={speakPoint(
            `${k} of ${most} pairs`,
            q,
            kPoints.find((p) => p.at === k),
          )}
          points={kPoints}
          lines={lines}
          range={range}
          quantity={q}
          ticks={[1, Math.round(most / 3), Math.round((2 * most) / 3), most].filter(
            (t, n, all) => all.indexOf(t) === n,
          )}
          format={(at) => etaText(at, most)}
          axis={{ name: 'sparsity η', from: 'sparse', to: 'dense' }}
          numbers={narrow}
          names={!narrow}
          onChange={setSparsity}
          onPeek={setPeekK}
        />
      </div>
      <p className="fine">
        {figures
          ? ssfnSentence(
              ssfn,
              figures.ssfnMinusLate,
              differenceOf(figures.metric, ''),
              record?.unitName ?? 'sample',
              known?.ssfn ? known.ssfn.value - figures.value[scoreSumModel(l)] : NaN,
            )
          : ''}
      </p>
    </>
  );
}

/** Figures of the strategies alone: pair heads off the last layers are no strategy of the plane. */
function strategiesOf(heads: Interval[], l: Layers): Interval[] {
  if (!heads.length) return [];
  const out: Interval[] = heads.slice(l.la * l.lb);
  for (let d = -(l.la - 1); d < l.lb; d++) out.push(heads[strategyHead({ kind: 'skew', d, k: 1 }, l)]);
  return out;
}

/** The title line: the strategy in use, or what the pointer is over. */
function ReadLine({
  name,
  detail,
  peek,
  l,
  q,
}: {
  name: string;
  detail: string;
  peek: { d: number; k: number } | null;
  l: Layers;
  q: Quantity;
}) {
  const figures = useApp((s) => valueOf(s.figures));
  const strategy = useApp((s) => s.strategy);
  const shown = peek ? { kind: 'skew' as const, ...peek } : strategy;
  const most = Math.min(l.la, l.lb);
  if (peek && peek.k > diagonalLength(peek.d, l.la, l.lb))
    return (
      <p className="sub">
        no strategy: at most {diagonalLength(peek.d, l.la, l.lb)} pairs at d = {skewText(peek.d)}
      </p>
    );
  const head = strategyHead(shown, l);
  const figure = figures && figureOf(figures, headModel(head, l));
  const gain = figures?.gain?.value[head];
  return (
    <p className="sub">
      {peek ? (
        `d = ${skewText(peek.d)}, η = ${etaText(peek.k, most)}`
      ) : (
        <>
          <b>{name}</b> {detail}
        </>
      )}
      {figure && figures ? (
        <>
          {' · '}
          <b>{showUnit(q, figure.value)}</b> [{show(q, figure.lo)}, {show(q, figure.hi)}]
          {gain !== undefined
            ? ` · gain ${showUnit(differenceOf(figures.metric, ''), gain).replace(' points', '')}`
            : ''}
        </>
      ) : null}
    </p>
  );
}
