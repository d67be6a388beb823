/** Principal components: the directions in which samples differ most, and where any sample falls on them. */
import { normal, seededRandom } from './random';

export interface Principal {
  width: number;
  /** [width] mean of the samples it was fitted on. */
  mean: Float64Array;
  /** [components, width] orthonormal; the largest loading of each is positive, so that signs never flip. */
  axes: Float64Array;
  /** [components] variance along each axis, divisor n − 1. */
  variances: Float64Array;
  /** [components] share of the total variance, 0..1; zeros where there is none. */
  explained: Float64Array;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations (Golub & Van Loan 2013, §8.5).
 * @param matrix [m, m], overwritten
 * @returns values in falling order, vectors [m, m] with one eigenvector a row
 */
export function symmetricEigen(
  matrix: Float64Array,
  m: number,
): { values: Float64Array; vectors: Float64Array } {
  const v = new Float64Array(m * m);
  for (let i = 0; i < m; i++) v[i * m + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let all = 0;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < m; j++) {
        all += matrix[i * m + j] ** 2;
        if (i !== j) off += matrix[i * m + j] ** 2;
      }
    if (off <= 1e-28 * all) break;
    for (let p = 0; p < m; p++)
      for (let q = p + 1; q < m; q++) {
        const apq = matrix[p * m + q];
        if (apq === 0) continue;
        const theta = (matrix[q * m + q] - matrix[p * m + p]) / (2 * apq);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const cos = 1 / Math.sqrt(t * t + 1);
        const sin = t * cos;
        for (let r = 0; r < m; r++) {
          const x = matrix[r * m + p];
          const y = matrix[r * m + q];
          matrix[r * m + p] = cos * x - sin * y;
          matrix[r * m + q] = sin * x + cos * y;
        }
        for (let c = 0; c < m; c++) {
          const x = matrix[p * m + c];
          const y = matrix[q * m + c];
          matrix[p * m + c] = cos * x - sin * y;
          matrix[q * m + c] = sin * x + cos * y;
          const a = v[p * m + c];
          const b = v[q * m + c];
          v[p * m + c] = cos * a - sin * b;
          v[q * m + c] = sin * a + cos * b;
        }
      }
  }
  const order = Array.from({ length: m }, (_, i) => i).sort((i, j) => matrix[j * m + j] - matrix[i * m + i]);
  const vectors = new Float64Array(m * m);
  order.forEach((from, to) => vectors.set(v.subarray(from * m, (from + 1) * m), to * m));
  return { values: Float64Array.from(order, (i) => matrix[i * m + i]), vectors };
}

/** Rows made orthonormal in place, each twice against those before it; a row that vanishes becomes zero. */
function orthonormalise(rows: Float64Array, width: number): void {
  for (let r = 0; r * width < rows.length; r++) {
    const row = rows.subarray(r * width, (r + 1) * width);
    const before = Math.hypot(...row);
    for (let pass = 0; pass < 2; pass++)
      for (let o = 0; o < r; o++) {
        let dot = 0;
        for (let c = 0; c < width; c++) dot += row[c] * rows[o * width + c];
        for (let c = 0; c < width; c++) row[c] -= dot * rows[o * width + c];
      }
    const length = Math.hypot(...row);
    const scale = length > 1e-10 * before && length > 0 ? 1 / length : 0;
    for (let c = 0; c < width; c++) row[c] *= scale;
  }
}

/** out[m, width] = rows[m, width] · symmetric[width, width]. */
function times(rows: Float64Array, symmetric: Float64Array, width: number): Float64Array {
  const out = new Float64Array(rows.length);
  for (let r = 0; r < rows.length; r += width)
    for (let k = 0; k < width; k++) {
      const x = rows[r + k];
      for (let c = 0; c < width; c++) out[r + c] += x * symmetric[k * width + c];
    }
  return out;
}

/**
 * The first principal components of points[n, width]: the covariance, then subspace iteration with a Rayleigh–Ritz
 * step and a few directions to spare (Halko et al. 2011, §4.5), until the variances are settled.
 * @param components at most width; components beyond the rank of the data have variance 0 and zero axes
 * @param tolerance largest change of a variance in the last step, as a share of the first variance
 */
export function principalComponents(
  points: ArrayLike<number>,
  width: number,
  components = 2,
  tolerance = 1e-10,
): Principal {
  const n = points.length / width;
  if (!(components >= 1 && components <= width) || n < 1)
    throw new RangeError(`No ${components} components of ${n} points of width ${width}.`);
  const mean = new Float64Array(width);
  for (let s = 0; s < n; s++) for (let c = 0; c < width; c++) mean[c] += points[s * width + c] / n;
  const covariance = new Float64Array(width * width);
  const row = new Float64Array(width);
  for (let s = 0; s < n; s++) {
    for (let c = 0; c < width; c++) row[c] = points[s * width + c] - mean[c];
    for (let i = 0; i < width; i++) {
      const x = row[i] / Math.max(1, n - 1);
      for (let j = i; j < width; j++) covariance[i * width + j] += x * row[j];
    }
  }
  let total = 0;
  let size = 0;
  for (let i = 0; i < width; i++) {
    total += covariance[i * width + i];
    size += mean[i] ** 2;
    for (let j = 0; j < i; j++) covariance[i * width + j] = covariance[j * width + i];
  }
  const axes = new Float64Array(components * width);
  const variances = new Float64Array(components);
  // What rounding of the mean leaves of equal points is no variance.
  const none = total <= 1e-24 * size || total === 0;
  if (!none) {
    const m = Math.min(width, components + 8);
    const random = seededRandom('principal components');
    let basis: Float64Array = Float64Array.from({ length: m * width }, () => normal(random));
    orthonormalise(basis, width);
    for (let step = 0, settled = false; step < 500 && !settled; step++) {
      basis = times(basis, covariance, width);
      orthonormalise(basis, width);
      const image = times(basis, covariance, width);
      const small = new Float64Array(m * m);
      for (let p = 0; p < m; p++)
        for (let q = 0; q < m; q++)
          for (let c = 0; c < width; c++) small[p * m + q] += basis[p * width + c] * image[q * width + c];
      const { values, vectors } = symmetricEigen(small, m);
      const turned = new Float64Array(m * width);
      for (let p = 0; p < m; p++)
        for (let q = 0; q < m; q++)
          for (let c = 0; c < width; c++) turned[p * width + c] += vectors[p * m + q] * basis[q * width + c];
      basis = turned;
      settled = variances.every((v, k) => Math.abs(v - values[k]) <= tolerance * values[0]);
      for (let k = 0; k < components; k++) variances[k] = values[k] > 1e-12 * total ? values[k] : 0;
    }
    for (let k = 0; k < components; k++) {
      if (variances[k] === 0) continue;
      const axis = basis.subarray(k * width, (k + 1) * width);
      let largest = 0;
      for (let c = 1; c < width; c++) if (Math.abs(axis[c]) > Math.abs(axis[largest]) + 1e-12) largest = c;
      const sign = axis[largest] < 0 ? -1 : 1;
      for (let c = 0; c < width; c++) axes[k * width + c] = sign * axis[c];
    }
  }
  return { width, mean, axes, variances, explained: variances.map((v) => (none ? 0 : v / total)) };
}

/**
 * Where points fall on the axes, those of the fit or any others.
 * @param points [n, width]
 * @returns [n, components]
 */
export function project({ width, mean, axes }: Principal, points: ArrayLike<number>): Float32Array {
  const n = points.length / width;
  const components = axes.length / width;
  const out = new Float32Array(n * components);
  for (let s = 0; s < n; s++)
    for (let k = 0; k < components; k++) {
      let sum = 0;
      for (let c = 0; c < width; c++) sum += (points[s * width + c] - mean[c]) * axes[k * width + c];
      out[s * components + k] = sum;
    }
  return out;
}
