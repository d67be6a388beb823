/**
 * A small network on the coordinates of a drawing, whose probabilities teach the video encoder (distillation, Hinton
 * et al. 2015): how sure one can be of a drawing that is not finished is something that labels do not say.
 */
import { existsSync, readFileSync } from 'node:fs';
import { choice, seededRandom } from '../../math/random';
import { revealSome, varyDrawing } from '../../media/augment';
import type { Drawing } from '../../media/strokes';
import { readSafetensors, toFloat32, writeSafetensors } from '../../runtime/safetensors';
import { startAdamW, stepAdamW } from './adamw';
import { writeWhole } from './checkpoint';
import { Mlp } from './mlp';

const points = 20;
/** x, y, step in x and y, which stroke. */
const perPoint = 5;
const inputs = points * perPoint + 1;
const hidden = 160;
const classes = 10;
const members = 3;
const network = new Mlp([inputs, hidden, hidden, classes]);
const { total } = network;

const steps = 4000;
const batch = 64;
const peak = 3e-3;
const smoothing = 0.02;

/** A drawing as numbers: points at equal distances along its path, in its box. */
export function strokeFeatures({ strokes }: Drawing): Float32Array {
  const x: number[] = [];
  const y: number[] = [];
  const along: number[] = [];
  const of: number[] = [];
  strokes.forEach((stroke, s) =>
    stroke.forEach((p, i) => {
      const before = along.at(-1) ?? 0;
      along.push(i === 0 ? before : before + Math.hypot(p.x - x[x.length - 1], p.y - y[y.length - 1]));
      x.push(p.x);
      y.push(p.y);
      of.push(s);
    }),
  );
  const [left, right, top, bottom] = [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
  const scale = 2 / Math.max(1e-9, right - left, bottom - top);
  const out = new Float32Array(inputs);
  const length = along[along.length - 1];
  for (let k = 0, at = 0; k < points; k++) {
    const wanted = (length * k) / (points - 1);
    while (at < along.length - 2 && along[at + 1] < wanted) at++;
    const next = Math.min(at + 1, along.length - 1);
    const share = Math.min(1, Math.max(0, (wanted - along[at]) / Math.max(1e-9, along[next] - along[at])));
    const base = k * perPoint;
    out[base] = (x[at] + share * (x[next] - x[at]) - (left + right) / 2) * scale;
    out[base + 1] = (y[at] + share * (y[next] - y[at]) - (top + bottom) / 2) * scale;
    out[base + 4] = of[next];
    if (k > 0) {
      out[base + 2] = 3 * (out[base] - out[base - perPoint]);
      out[base + 3] = 3 * (out[base + 1] - out[base + 1 - perPoint]);
    }
  }
  out[inputs - 1] = Math.log((right - left + 1e-6) / (bottom - top + 1e-6)) / 3;
  return out;
}

function train(items: { drawing: Drawing; label: number }[], seed: number): Float32Array {
  const random = seededRandom(seed, 'stroke teacher');
  const state = startAdamW(network.initialWeights(random));
  const decayed = new Uint8Array(total).fill(1);
  const options = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.02, clip: 5, averageDecay: 0.99 };
  for (let step = 0; step < steps; step++) {
    const gradient = new Float32Array(total);
    for (let b = 0; b < batch; b++) {
      const { drawing, label } = choice(items, random);
      const shown = revealSome(random() < 0.3 ? drawing : varyDrawing(drawing, random), 0.35, random);
      const target = new Float32Array(classes).fill(smoothing / classes);
      target[label] += 1 - smoothing;
      const layers = network.forward(state.weights, strokeFeatures(shown.drawing));
      network.addGradient(state.weights, layers, target, 1 / batch, gradient);
    }
    const learningRate = peak * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
    stepAdamW(state, [gradient], decayed, { ...options, learningRate });
  }
  return state.average;
}

/** Probabilities of the digits for a drawing, or the visible part of one. */
export type Teacher = (drawing: Drawing) => Float32Array;

/** @param cache file that keeps the teacher, so that threads need not train it again */
export function strokeTeacher(items: { drawing: Drawing; label: number }[], cache: string): Teacher {
  if (!existsSync(cache)) {
    const made = Array.from({ length: members }, (_, m) => ({
      name: `member.${m}`,
      shape: [total],
      data: train(items, m),
    }));
    writeWhole(cache, writeSafetensors(made));
  }
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(cache)), cache);
  const ensemble = [...tensors.values()].map(toFloat32);
  return (drawing) => {
    const features = strokeFeatures(drawing);
    const out = new Float32Array(classes);
    for (const weights of ensemble)
      network
        .forward(weights, features)
        .at(-1)
        ?.forEach((p, c) => (out[c] += p / ensemble.length));
    return out;
  };
}
