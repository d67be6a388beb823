/** The figures of the evaluation drawer, as documents. */
import { CalibrationMarks, ConfusionFigure } from '../charts/EvaluationCharts';
import { TruthMarks } from '../charts/TruthChart';
import { layers, scene, valueOf } from '../store/selectors';
import type { AppState } from '../store/state';
import { modelEvaluation, modelNumbers } from './evaluation';
import { notesOf, stemOf, type Figure } from './figure-notes';
import { modelChoices } from './words';

export type EvaluationFigure = 'confusion' | 'calibration' | 'scatter';

export function evaluationFigure(
  state: AppState,
  { id, model }: { id: EvaluationFigure; model: number },
): Figure | null {
  const [l, now, record] = [layers(state), scene(state), valueOf(state.record)];
  if (!l || !now || !record) return null;
  const name = modelChoices(l)
    .flatMap((g) => g.models)
    .find((m) => m.model === model)?.label;
  if (id === 'scatter') {
    const numbers = modelNumbers(record, model);
    return (
      numbers && {
        stem: stemOf(state, 'scatter', name ?? ''),
        notes: notesOf(
          state,
          `Predicted and true: ${name}`,
          `Each dot a test sample; dashed: where they would be equal; n = ${numbers.truth.length} test samples.`,
        ),
        width: 420,
        height: 420,
        marks: <TruthMarks {...numbers} width={420} height={420} />,
        table: {
          columns: ['true', 'predicted'],
          rows: Array.from(numbers.truth, (x, s) => [x, numbers.said[s]]),
        },
      }
    );
  }
  const { counts, error, bins } = modelEvaluation(record, model);
  const { classes } = now.task;
  if (id === 'confusion')
    return {
      stem: stemOf(state, 'confusion', name ?? ''),
      notes: notesOf(
        state,
        `Confusion matrix: ${name}`,
        `Rows: true class; columns: predicted class; shade: share of the row; n = ${record.labels.length} test samples.`,
      ),
      width: 460,
      height: 460,
      marks: <ConfusionFigure counts={counts} classes={classes} width={460} />,
      table: {
        columns: ['true', ...classes],
        rows: classes.map((c, r) => [c, ...classes.map((_, k) => counts[r * classes.length + k])]),
      },
    };
  return {
    stem: stemOf(state, 'calibration', name ?? ''),
    notes: notesOf(
      state,
      `Calibration: ${name}`,
      `Accuracy by confidence in ${bins.length} equal bins, dots grow with their samples; expected calibration error ${(100 * error).toFixed(1)} %; n = ${record.labels.length} test samples.`,
    ),
    width: 420,
    height: 300,
    marks: <CalibrationMarks bins={bins} width={420} height={300} />,
    table: {
      columns: ['from', 'to', 'samples', 'mean_confidence', 'accuracy'],
      rows: bins.map((b) => [b.from, b.to, b.count, b.confidence, b.accuracy]),
    },
  };
}
