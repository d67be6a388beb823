import { Legend } from '../../charts/Legend';
import { fixed, show, showInterval, showUnit, signedInteger } from '../../charts/format';
import { pairIndex, skewOf, type LayerPair } from '../../math/skew';
import type { Chance } from '../../store/matrix';
import { isAlignment } from '../../store/models';
import { useActions, useApp } from '../../store/react';
import { sampleMatrix } from '../../store/sample';
import { scene, strategyPairsNow, valueOf } from '../../store/selectors';
import { deviationsAbove, type MatrixModel } from '../matrix-model';
import { differenceOf, quantityOf, shortNames } from '../words';

export interface ReadoutProps {
  model: MatrixModel;
  pair: LayerPair;
  /** Why this pair is read out. */
  how: 'strategy' | 'pointer' | 'focus';
}

/** In one fixed place: the pair in hand, its figures, the legend. Steppers move A or B by one layer. */
export function Readout({ model, pair, how }: ReadoutProps) {
  const chosen = useApp((s) => s.strategy.kind === 'pair');
  const count = useApp((s) => strategyPairsNow(s).length);
  const metric = useApp((s) => s.metric);
  const { choosePair } = useActions();
  const kind =
    how === 'pointer'
      ? 'pair under the pointer'
      : how === 'focus'
        ? 'pair in focus'
        : chosen
          ? 'chosen pair'
          : count > 1
            ? `first of ${count} fused pairs`
            : 'fused pair';
  const n = pairIndex(pair, model.lb);
  const value = model.values[n];
  const current =
    model.lo && model.hi && Number.isFinite(model.lo[n])
      ? { value, lo: model.lo[n], hi: model.hi[n] }
      : { value };
  const step = (side: 'a' | 'b', by: number): void =>
    choosePair(side === 'a' ? { i: pair.i + by, j: pair.j } : { i: pair.i, j: pair.j + by });
  const isBest = model.best && model.best.i === pair.i && model.best.j === pair.j;
  return (
    <aside className="readout" aria-label="Read-out of the layer pair">
      <div className="readout-who">
        <p className="readout-kind">{kind}</p>
        <p className="readout-pair">
          (<span className="a">{pair.i}</span>, <span className="b">{pair.j}</span>)
        </p>
      </div>
      <div className="steppers">
        <Stepper side="a" layer={pair.i} layers={model.la} onStep={step} />
        <Stepper side="b" layer={pair.j} layers={model.lb} onStep={step} />
      </div>
      {model.sample ? <SampleFigures model={model} pair={pair} /> : <Figures model={model} pair={pair} />}
      <Legend
        scale={model.scale}
        quantity={model.quantity}
        values={model.values}
        current={current}
        limit={model.limit}
        unit={isAlignment(metric) && !model.sample ? model.quantity.unit.trim() : undefined}
      />
      <p className="caution">
        {isBest && !model.sample && model.lo
          ? `Best of ${model.la * model.lb}, picked on this very set: expect less on new data.`
          : ''}
      </p>
    </aside>
  );
}

function Stepper({
  side,
  layer,
  layers,
  onStep,
}: {
  side: 'a' | 'b';
  layer: number;
  layers: number;
  onStep(side: 'a' | 'b', by: number): void;
}) {
  const name = side.toUpperCase();
  return (
    <span className={`stepper ${side}`}>
      <button
        type="button"
        aria-label={`${name} one layer earlier`}
        disabled={layer <= 1}
        onClick={() => onStep(side, -1)}
      >
        ‹
      </button>
      <b>
        {name} {layer}
      </b>
      <button
        type="button"
        aria-label={`${name} one layer later`}
        disabled={layer >= layers}
        onClick={() => onStep(side, 1)}
      >
        ›
      </button>
    </span>
  );
}

function Figures({ model, pair }: Omit<ReadoutProps, 'how'>) {
  const figures = useApp((s) => valueOf(s.figures));
  const metric = useApp((s) => s.metric);
  const n = pairIndex(pair, model.lb);
  const interval =
    model.lo && model.hi && Number.isFinite(model.lo[n]) ? { lo: model.lo[n], hi: model.hi[n] } : null;
  const probes = figures && quantityOf(figures.metric);
  const gain = figures?.gain && metric !== 'gain' ? figures.gain : null;
  const late = figures?.overLate && metric !== 'difference from late' ? figures.overLate : null;
  const points = figures && differenceOf(figures.metric, 'gain');
  const short =
    metric === 'gain' ? 'gain' : metric === 'difference from late' ? '− late' : shortNames[metric];
  // what does not fit beside a figure stands above the legend
  const shown = model.quantity.unit.length > 8 ? show : showUnit;
  return (
    <dl>
      <dt>{short ?? model.quantity.name}</dt>
      <dd className="key">{model.known ? shown(model.quantity, model.values[n]) : '…'}</dd>
      {interval ? (
        <>
          <dt>95 %</dt>
          <dd>{showInterval(model.quantity, interval)}</dd>
        </>
      ) : null}
      {model.chance ? <ChanceFigures chance={model.chance} cell={n} /> : null}
      {model.limit ? (
        <>
          <dt title="ln(classes): A and B are paired by label, so no dependency can truly be above it">
            ceiling
          </dt>
          <dd>
            {fixed(model.limit.value, 2)} = {model.limit.name}
          </dd>
        </>
      ) : null}
      <dt>skew d</dt>
      <dd>{signedInteger(skewOf(pair, model.la, model.lb))}</dd>
      {/* beside an alignment they stand in the margins of the matrix alone: the nulls need the room */}
      {figures && probes && !model.chance ? (
        <>
          <dt>A alone</dt>
          <dd>{showUnit(probes, figures.value[pair.i - 1])}</dd>
          <dt>B alone</dt>
          <dd>{showUnit(probes, figures.value[model.la + pair.j - 1])}</dd>
        </>
      ) : null}
      {gain && points ? (
        <>
          <dt title="Over the best of all probes, that probe chosen on validation">gain</dt>
          <dd>{showUnit(points, gain.value[n])}</dd>
        </>
      ) : null}
      {late && points ? (
        <>
          <dt title="Difference from late fusion, paired">− late</dt>
          <dd>{showUnit(points, late.value[n])}</dd>
        </>
      ) : null}
    </dl>
  );
}

/** How far the cell is from what pairs put together at random give. */
function ChanceFigures({ chance, cell }: { chance: Chance; cell: number }) {
  const { raw, mean, largest, subtracted } = chance;
  const deviations = deviationsAbove(chance, cell);
  return (
    <>
      <dt>{subtracted ? 'value' : 'above null'}</dt>
      <dd>{subtracted ? fixed(raw[cell], 2) : fixed(raw[cell] - mean[cell], 2, true)}</dd>
      <dt
        title={`Permuted pairings that the value is above; all of them is p = ${fixed(1 / (chance.rounds + 1), 3)}`}
      >
        rank
      </dt>
      <dd>
        {chance.beaten[cell]} of {chance.rounds}
      </dd>
      <dt title="How many deviations of the permuted pairings it is above their mean">z</dt>
      <dd>{fixed(deviations, 1, true)}</dd>
      <dt title="Largest of the permuted pairings">null max</dt>
      <dd>{fixed(largest[cell], 2)}</dd>
    </>
  );
}

function SampleFigures({ model, pair }: Omit<ReadoutProps, 'how'>) {
  const sample = useApp(sampleMatrix);
  const now = useApp(scene);
  const n = pairIndex(pair, model.lb);
  if (!sample || !now) return <dl />;
  const name = (c: number): string => now.task.classes[c];
  return (
    <dl>
      <dt>p({name(sample.answer)})</dt>
      <dd className="key">{fixed(sample.values[n], 2)}</dd>
      <dt>its answer</dt>
      <dd>{name(sample.answers[n])}</dd>
      <dt>strategy’s</dt>
      <dd>{name(sample.answer)}</dd>
      <dt>skew d</dt>
      <dd>{signedInteger(skewOf(pair, model.la, model.lb))}</dd>
      <dt>A alone, p</dt>
      <dd>{fixed(sample.marginA[pair.i - 1], 2)}</dd>
      <dt>B alone, p</dt>
      <dd>{fixed(sample.marginB[pair.j - 1], 2)}</dd>
    </dl>
  );
}
