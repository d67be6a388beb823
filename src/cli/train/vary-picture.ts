/** Varies a photograph for training: another view of it, other light, another background, parts hidden. */
import { integer, normal, type Random } from '../../math/random';

/** Square, 8 bits, RGB pixel by pixel. */
export interface SmallPicture {
  data: Uint8Array;
  side: number;
}

const between = (random: Random, low: number, high: number): number => low + (high - low) * random();

/** Turned, scaled, moved and mirrored within `strength` (0: only resampled), its edges drawn out. @returns [3, side, side], 0 to 1 */
export function viewOf(picture: SmallPicture, side: number, random: Random, strength = 1): Float32Array {
  const turn = random() < 0.5 ? strength * between(random, -0.22, 0.22) : 0;
  const size = Math.exp(strength * between(random, -0.25, 0.15));
  const shape = Math.exp(strength * between(random, -0.1, 0.1));
  const mirror = strength > 0 && random() < 0.5 ? -1 : 1;
  const [moveX, moveY] = [strength * between(random, -0.09, 0.09), strength * between(random, -0.09, 0.09)];
  const [cos, sin] = [Math.cos(turn) * size, Math.sin(turn) * size];
  const { data, side: from } = picture;
  const area = side * side;
  const out = new Float32Array(3 * area);
  const last = from - 1;
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const u = mirror * ((x + 0.5) / side - 0.5) * shape;
      const v = ((y + 0.5) / side - 0.5) / shape;
      const sx = Math.min(last, Math.max(0, (u * cos - v * sin + 0.5 + moveX) * from - 0.5));
      const sy = Math.min(last, Math.max(0, (u * sin + v * cos + 0.5 + moveY) * from - 0.5));
      const left = Math.floor(sx);
      const top = Math.floor(sy);
      const fx = sx - left;
      const fy = sy - top;
      const at = (top * from + left) * 3;
      const right = left < last ? 3 : 0;
      const below = top < last ? from * 3 : 0;
      for (let c = 0; c < 3; c++) {
        const upper = data[at + c] * (1 - fx) + data[at + right + c] * fx;
        const lower = data[at + below + c] * (1 - fx) + data[at + below + right + c] * fx;
        out[c * area + y * side + x] = (upper * (1 - fy) + lower * fy) / 255;
      }
    }
  return out;
}

const nearlyWhite = 0.9;

/** The nearly white places that hang together with the border: 1 where background. */
export function backgroundOf(picture: Float32Array, side: number): Uint8Array {
  const area = side * side;
  const found = new Uint8Array(area);
  const stack: number[] = [];
  const visit = (i: number) => {
    if (found[i] || Math.min(picture[i], picture[area + i], picture[2 * area + i]) < nearlyWhite) return;
    found[i] = 1;
    stack.push(i);
  };
  for (let k = 0; k < side; k++) [k, area - side + k, k * side, k * side + side - 1].forEach(visit);
  while (stack.length > 0) {
    const i = stack.pop() as number;
    if (i % side > 0) visit(i - 1);
    if (i % side < side - 1) visit(i + 1);
    if (i >= side) visit(i - side);
    if (i < area - side) visit(i + side);
  }
  return found;
}

/** Puts a colour that changes across the picture, with grain, where it is background. In place. */
function newBackground(picture: Float32Array, side: number, random: Random): void {
  const area = side * side;
  const found = backgroundOf(picture, side);
  const angle = 2 * Math.PI * random();
  const grain = random() < 0.5 ? 0 : 0.1 * random();
  const ends = Array.from({ length: 3 }, () => [random(), random()]);
  const slope = random();
  for (let i = 0; i < area; i++) {
    if (!found[i]) continue;
    const along = ((i % side) / side - 0.5) * Math.cos(angle) + (i / area - 0.5) * Math.sin(angle);
    for (let c = 0; c < 3; c++) {
      const [a, b] = ends[c];
      picture[c * area + i] = a + slope * (b - a) * (along + 0.5) + (grain > 0 ? grain * normal(random) : 0);
    }
  }
}

/** Brightness, contrast, saturation and tint. In place. */
function newLight(picture: Float32Array, area: number, random: Random): void {
  const gain = Math.exp(between(random, -0.3, 0.2));
  const contrast = Math.exp(between(random, -0.3, 0.3));
  const saturation = between(random, 0.5, 1.5);
  const tint = Array.from({ length: 3 }, () => Math.exp(between(random, -0.08, 0.08)));
  for (let i = 0; i < area; i++) {
    const grey = (picture[i] + picture[area + i] + picture[2 * area + i]) / 3;
    for (let c = 0; c < 3; c++) {
      const value = grey + saturation * (picture[c * area + i] - grey);
      picture[c * area + i] = ((value - 0.5) * contrast + 0.5) * gain * tint[c];
    }
  }
}

/** The mean of each pixel and its eight neighbours. */
function blurred(picture: Float32Array, side: number): Float32Array {
  const area = side * side;
  const clamp = (v: number) => Math.min(side - 1, Math.max(0, v));
  return picture.map((_, i) => {
    const [plane, y, x] = [i - (i % area), Math.floor((i % area) / side), i % side];
    let sum = 0;
    for (let dy = -1; dy <= 1; dy++)
      for (let dx = -1; dx <= 1; dx++) sum += picture[plane + clamp(y + dy) * side + clamp(x + dx)];
    return sum / 9;
  });
}

/** Other light, often; another background, blur, grain, now and then. @returns values within 0 and 1 */
export function varyLook(picture: Float32Array, side: number, random: Random): Float32Array {
  let out: Float32Array = picture.slice();
  if (random() < 0.15) newBackground(out, side, random);
  if (random() < 0.5) newLight(out, side * side, random);
  if (random() < 0.1) out = blurred(out, side);
  if (random() < 0.15) {
    const grain = 0.08 * random();
    out.forEach((v, i) => (out[i] = v + grain * normal(random)));
  }
  return out.map((v) => Math.min(1, Math.max(0, v)));
}

/** Greys out patches here and there, or a rectangle, now and then. In place. */
export function hideParts(picture: Float32Array, side: number, patch: number, random: Random): void {
  const area = side * side;
  const fill = (x: number, y: number, width: number, height: number, colour: number[]) => {
    for (let c = 0; c < 3; c++)
      for (let row = y; row < Math.min(side, y + height); row++)
        picture.fill(colour[c], c * area + row * side + x, c * area + row * side + Math.min(side, x + width));
  };
  if (random() < 0.35) {
    const share = 0.3 * random();
    for (let y = 0; y < side; y += patch)
      for (let x = 0; x < side; x += patch) if (random() < share) fill(x, y, patch, patch, [0.5, 0.5, 0.5]);
  } else if (random() < 0.25) {
    const [width, height] = [8 + integer(random, side / 3), 8 + integer(random, side / 3)];
    fill(integer(random, side), integer(random, side), width, height, [random(), random(), random()]);
  }
}
