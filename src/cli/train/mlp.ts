/** A small network of linear layers with ReLU between them, on flat arrays: trained where a tensor library would be slower. */
import { normal, type Random } from '../../math/random';

export class Mlp {
  /** How many weights it has: of each layer the matrix [to, from], then the biases. */
  readonly total: number;

  /** @param sizes inputs, hidden widths, classes */
  constructor(private readonly sizes: readonly number[]) {
    this.total = sizes.slice(1).reduce((sum, n, l) => sum + n * (sizes[l] + 1), 0);
  }

  /** Normal weights of deviation √(2/inputs) (He et al. 2015), biases 0. */
  initialWeights(random: Random): Float32Array {
    const weights = new Float32Array(this.total);
    let offset = 0;
    for (let l = 1; l < this.sizes.length; l++) {
      const count = this.sizes[l] * this.sizes[l - 1];
      const deviation = Math.sqrt(2 / this.sizes[l - 1]);
      for (let i = 0; i < count; i++) weights[offset + i] = deviation * normal(random);
      offset += count + this.sizes[l];
    }
    return weights;
  }

  /** Activations of each layer, from the input on; the last are probabilities. */
  forward(weights: Float32Array, x: Float32Array): Float32Array[] {
    const { sizes } = this;
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

  /** Adds the gradient of −Σ t log p, times `share`. @param layers what `forward` gave */
  addGradient(
    weights: Float32Array,
    layers: Float32Array[],
    target: Float32Array,
    share: number,
    gradient: Float32Array,
  ): void {
    let delta = layers[layers.length - 1].map((p, c) => (p - target[c]) * share);
    let offset = this.total;
    for (let l = this.sizes.length - 1; l >= 1; l--) {
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
}
