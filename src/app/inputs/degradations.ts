/** The degradation sliders of each kind of input: whole steps on the track, and what they mean. */
import type { Degradation } from '../../engine/protocol';
import type { ModalityKind } from '../../packs/schema';

export interface Control {
  label: string;
  max: number;
  /** Position on the track. */
  at(degradation: Degradation): number;
  /** What the position changes. */
  change(at: number): Partial<Degradation>;
  words(at: number): string;
}

type PartField = 'noise' | 'cut' | 'wordDrop' | 'blur' | 'crop';
/** A part that grows from nothing at the left; `max` in hundredths. */
const part = (label: string, field: PartField, words: (at: number) => string, max = 100): Control => ({
  label,
  max,
  at: (degradation) => Math.min(max, Math.round(100 * (degradation[field] ?? 0))),
  change: (at) => ({ [field]: at === 0 ? undefined : at / 100 }),
  words: (at) => (at === 0 ? 'none' : words(at)),
});
const strength = (at: number): string => `${at} %`;

/** The quietest noise that the slider offers, and one past the loudest: decibels from 30 down to −10. */
const quietestDb = 30;
const loudestDb = -10;
const minus = (db: number): string => `${db < 0 ? '−' : ''}${Math.abs(db)}`;

const reveal: Control = {
  label: 'Reveal',
  max: 100,
  at: ({ keep }) => Math.round(100 * (keep ?? 1)),
  change: (at) => ({ keep: at === 100 ? undefined : at / 100 }),
  words: (at) => (at === 100 ? 'whole' : `first ${at} %`),
};

/** To the right it gets louder, as with every other slider: 0 is none, 1 is 30 dB, 41 is −10 dB. */
const snr: Control = {
  label: 'Noise',
  max: quietestDb - loudestDb + 1,
  at: ({ snrDb }) =>
    snrDb === undefined ? 0 : Math.round(quietestDb - Math.min(quietestDb, Math.max(loudestDb, snrDb))) + 1,
  change: (at) => ({ snrDb: at === 0 ? undefined : quietestDb + 1 - at }),
  words: (at) => (at === 0 ? 'none' : `${minus(quietestDb + 1 - at)} dB SNR`),
};

const byKind: Record<ModalityKind, Control[]> = {
  video: [reveal, part('Noise', 'noise', strength)],
  audio: [snr, part('Cut', 'cut', (at) => `first ${at} %`)],
  text: [
    { ...part('Words', 'wordDrop', strength), words: (at) => (at === 0 ? 'all' : `${at} % out`) },
    part('Cut', 'cut', (at) => `last ${at} %`),
  ],
  image: [
    part('Noise', 'noise', strength),
    part('Blur', 'blur', strength),
    part('Crop', 'crop', (at) => `${at} % of area`, 95),
  ],
  features: [],
};

export const controlsOf = (kind: ModalityKind): Control[] => byKind[kind];

/** Every field that a control of a kind may set, at rest: what "whole and clean" means. */
export const undegraded: Partial<Degradation> = {
  keep: undefined,
  noise: undefined,
  snrDb: undefined,
  cut: undefined,
  wordDrop: undefined,
  blur: undefined,
  crop: undefined,
};
