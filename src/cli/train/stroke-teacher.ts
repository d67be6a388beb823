/**
 * A small network on the coordinates of a drawing, whose probabilities teach the video encoder (distillation, Hinton
 * et al. 2015): how sure one can be of a drawing that is not finished is something that labels do not say.
 */
import { existsSync, readFileSync } from 'node:fs';
import { choice, normal, seededRandom, type Random } from '../../math/random';
import { revealSome, varyDrawing } from '../../media/augment';
import type { Drawing } from '../../media/strokes';
import { readSafetensors, toFloat32, writeSafetensors } from '../../runtime/safetensors';
import { startAdamW, stepAdamW } from './adamw';
import { writeWhole } from './checkpoint';

const points = 20;
/** x, y, step in x and y, which stroke. */
const perPoint = 5;
const inputs = points * perPoint + 1;
const hidden = 160;
const classes = 10;
const members = 3;
const sizes = [inputs, hidden, hidden, classes];
const total = sizes.slice(1).reduce((sum, n, l) => sum + n * (sizes[l] + 1), 0);

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

/** Activations of each layer; the last are probabilities. */
function forward(weights: Float32Array, x: Float32Array): Float32Array[] {
  const layers = [x];
  let offset = 0;
  for (let l = 1; l < sizes.length; l++) {
    const [from, to] = [layers[l - 1], new Float32Array(sizes[l])];
    for (let o = 0; o < to.length; o++) {
      let sum = weights[offset + to.length * from.length + o];
      const row = offset + o * from.length;
      for (let i = 0; i < from.length; i++) sum += weights[row + i] * from[i];
      to[o] = l < sizes.length - 1 ? Math.max(0, sum) : sum;
    }
    offset += to.length * (from.length + 1);
    layers.push(to);
  }
  const last = layers[layers.length - 1];
  const top = Math.max(...last);
  const sum = last.reduce((s, z) => s + Math.exp(z - top), 0);
  layers[layers.length - 1] = last.map((z) => Math.exp(z - top) / sum);
  return layers;
}

/** Adds the gradient of −Σ t log p, divided by the batch. */
function backward(
  weights: Float32Array,
  layers: Float32Array[],
  target: Float32Array,
  gradient: Float32Array,
): void {
  let delta = layers[layers.length - 1].map((p, c) => (p - target[c]) / batch);
  let offset = total;
  for (let l = sizes.length - 1; l >= 1; l--) {
    const from = layers[l - 1];
    offset -= delta.length * (from.length + 1);
    const below = new Float32Array(from.length);
    for (let o = 0; o < delta.length; o++) {
      const row = offset + o * from.length;
      gradient[offset + delta.length * from.length + o] += delta[o];
      if (delta[o] === 0) continue;
      for (let i = 0; i < from.length; i++) {
        gradient[row + i] += delta[o] * from[i];
        below[i] += delta[o] * weights[row + i];
      }
    }
    delta = below.map((d, i) => (from[i] > 0 ? d : 0));
  }
}

function initialWeights(random: Random): Float32Array {
  const weights = new Float32Array(total);
  let offset = 0;
  for (let l = 1; l < sizes.length; l++) {
    const count = sizes[l] * sizes[l - 1];
    for (let i = 0; i < count; i++) weights[offset + i] = normal(random) * Math.sqrt(2 / sizes[l - 1]);
    offset += count + sizes[l];
  }
  return weights;
}

function train(items: { drawing: Drawing; label: number }[], seed: number): Float32Array {
  const random = seededRandom(seed, 'stroke teacher');
  const state = startAdamW(initialWeights(random));
  const decayed = new Uint8Array(total).fill(1);
  const options = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.02, clip: 5, averageDecay: 0.99 };
  for (let step = 0; step < steps; step++) {
    const gradient = new Float32Array(total);
    for (let b = 0; b < batch; b++) {
      const { drawing, label } = choice(items, random);
      const shown = revealSome(random() < 0.3 ? drawing : varyDrawing(drawing, random), 0.35, random);
      const target = new Float32Array(classes).fill(smoothing / classes);
      target[label] += 1 - smoothing;
      backward(state.weights, forward(state.weights, strokeFeatures(shown.drawing)), target, gradient);
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
      forward(weights, features)[sizes.length - 1].forEach((p, c) => (out[c] += p / ensemble.length));
    return out;
  };
}
