/** What every exported figure says of itself. */
import type { ReactNode } from 'react';
import { version } from '../../package.json';
import { fileStem, type FigureNotes, type Table } from '../charts/export';
import { layers, scene, valueOf } from '../store/selectors';
import { recordVariant } from '../store/models';
import type { AppState } from '../store/state';
import { ssfnSkew } from '../store/strategy';
import { conditionWords, intervalNote, pairedByLabel, strategyWords } from './words';

export interface Figure {
  /** File name without its ending. */
  stem: string;
  notes: FigureNotes;
  width: number;
  height: number;
  marks: ReactNode;
  table: Table;
}

/**
 * "Skewscope 0.1.0, pack digits (schema 1), backend wasm".
 * @param variant of the heads that a figure is of; left out: those in use
 */
export function versions(state: AppState, variant = state.variant): string {
  const pack = valueOf(state.pack);
  const backend = valueOf(state.backend);
  return [
    `Skewscope ${version}`,
    pack ? `pack ${pack.id} (schema ${pack.schema}, training seed ${pack.training.seed})` : '',
    backend ? `backend ${backend.backend}` : '',
    pack && variant !== pack.variants[0].id ? `heads trained with the penalty ${variant}` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/**
 * @param caption its own sentences; what holds for all figures of the evaluation set is added
 * @param options.condition it is of the evaluation set: then of the heads whose records the pack ships
 * @param options.variant of other heads than those in use, or than those of the evaluation set
 */
export function notesOf(
  state: AppState,
  title: string,
  caption: string,
  {
    condition = true,
    intervals = false,
    pairing = false,
    variant,
  }: { condition?: boolean; intervals?: boolean; pairing?: boolean; variant?: string } = {},
): FigureNotes {
  const now = scene(state);
  const figures = valueOf(state.figures);
  const record = valueOf(state.record);
  const parts = [caption];
  if (now)
    parts.push(
      condition
        ? `Pack ${now.pack.title}, evaluated under: ${conditionWords(now.condition)}.`
        : `Pack ${now.pack.title}.`,
    );
  if (intervals && figures && record)
    parts.push(`${intervalNote(figures.n, figures.resamples, record.unitName)}.`);
  if (pairing && now?.pairing.paired === 'by-label') parts.push(pairedByLabel);
  return {
    title: title[0].toUpperCase() + title.slice(1),
    caption: parts.join(' '),
    axes: now
      ? [
          `A: ${now.a.label.toLowerCase()} (${now.a.family}), layer i = 1..${now.a.layers}`,
          `B: ${now.b.label.toLowerCase()} (${now.b.family}), layer j = 1..${now.b.layers}`,
        ]
      : [],
    seed: state.seed,
    versions: versions(
      state,
      variant ?? (condition && now ? recordVariant(now.pack, state.variant) : state.variant),
    ),
  };
}

/** The pairing is named where the pack has more than one. */
export function stemOf(state: AppState, ...what: string[]): string {
  const several = (valueOf(state.pack)?.pairings.length ?? 0) > 1;
  return fileStem('skewscope', state.packId, ...(several ? [state.pairing] : []), state.condition, ...what);
}

/** One sentence: what the outline of a matrix, or a fused panel, is. */
export function strategyNow(state: AppState, outlined = true): string {
  const l = layers(state);
  if (!l) return '';
  const { name, detail } = strategyWords(state.strategy, l, ssfnSkew(state));
  return `Strategy in use${outlined ? ', outlined' : ''}: ${name}, ${detail}.`;
}
