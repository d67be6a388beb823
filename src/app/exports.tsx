/** Every figure of the page as a document of its own, built from the state when a person asks for it. */
import { strToU8, zipSync } from 'fflate';
import { rasterise, renderMarks, save } from '../charts/download';
import { csvDocument, fileStem, jsonDocument, svgDocument } from '../charts/export';
import type { App } from '../store/state';
import { evaluationFigure, type EvaluationFigure } from './figures-evaluation';
import { instrumentFigure } from './figures-instrument';
import type { Figure } from './figure-notes';
import { versions } from './figure-notes';

export type InstrumentFigure = 'alignment' | 'strategy' | 'prediction' | 'mask' | 'projection' | 'probes';
export type FigureId = InstrumentFigure | { id: EvaluationFigure; model: number } | Figure;

const instrument: InstrumentFigure[] = [
  'alignment',
  'strategy',
  'prediction',
  'mask',
  'projection',
  'probes',
];

/** Throws a plain sentence where the figure's data are not there yet. */
export function figureOf(app: App, id: FigureId): Figure {
  const figure =
    typeof id === 'string' ? instrumentFigure(app, id) : 'marks' in id ? id : evaluationFigure(app, id);
  if (!figure) throw new Error('its data are still being computed.');
  return figure;
}

const svgOf = (f: Figure): string => svgDocument(renderMarks(f.marks), f.width, f.height, f.notes);

export async function exportFigure(app: App, id: FigureId, format: 'svg' | 'png' | 'csv'): Promise<void> {
  const figure = figureOf(app, id);
  const name = `${figure.stem}.${format}`;
  if (format === 'csv') save(csvDocument(figure.table, figure.notes), name, 'text/csv');
  else if (format === 'svg') save(svgOf(figure), name, 'image/svg+xml');
  else save(await rasterise(svgOf(figure)), name, 'image/png');
}

/** The whole state but the private input: settings, figures, frequencies, and what the models said of the sample. */
export function stateDocument(app: App): string {
  const side = ({ degradation, name }: App['a']) => ({ degradation, name });
  const value = <T,>(load: { state: string; value?: T }): T | null =>
    load.state === 'ready' ? (load.value ?? null) : null;
  const { pairing, task, variant, seeds, condition, strategy, wantedK, metric, mode, maskK, maskTau, seed } =
    app;
  return jsonDocument({
    schema: 1,
    versions: versions(app),
    pack: value(app.pack),
    settings: {
      pairing,
      task,
      variant,
      seeds,
      condition,
      strategy,
      wantedK,
      metric,
      mode,
      maskK,
      maskTau,
      seed,
    },
    backend: value(app.backend),
    inputs: { a: side(app.a), b: side(app.b) },
    outputs: value(app.outputs),
    figures: value(app.figures),
    similarity: value(app.similarity),
    alignments: value(app.alignments),
    selectionFrequency: value(app.bootstrap),
    maskMetric: value(app.maskMetric),
    comparison: value(app.comparison),
    projections: {
      method: app.projectionMethod,
      a: value(app.projections.a),
      b: value(app.projections.b),
      fused: value(app.projections.fused),
    },
  });
}

export const exportState = (app: App): void =>
  save(stateDocument(app), `${fileStem('skewscope', app.packId, 'state')}.json`, 'application/json');

/** One archive: every figure that has its data, as SVG, PNG and CSV, and the state as JSON. */
export async function exportEverything(app: App): Promise<void> {
  const files: Record<string, Uint8Array> = { 'state.json': strToU8(stateDocument(app)) };
  for (const id of instrument) {
    const figure = instrumentFigure(app, id);
    if (!figure) continue;
    const svg = svgOf(figure);
    files[`${figure.stem}.svg`] = strToU8(svg);
    files[`${figure.stem}.csv`] = strToU8(csvDocument(figure.table, figure.notes));
    files[`${figure.stem}.png`] = new Uint8Array(await (await rasterise(svg)).arrayBuffer());
  }
  const archive = new Blob([zipSync(files, { level: 6 }).slice()], { type: 'application/zip' });
  save(archive, `${fileStem('skewscope', app.packId)}.zip`, 'application/zip');
}
