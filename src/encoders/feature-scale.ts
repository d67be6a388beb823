/** How feature vectors are made comparable before a sequence encoder: what its preprocessor_config.json says. */
import { Fields } from './fields';

export interface FeatureScale {
  mean: number[];
  /** Standard deviations; 1 where a feature is constant. */
  deviation: number[];
  /** Standardised values are cut off here: a few features have very long tails. */
  limit: number;
}

/** @throws UserError where a list has another length than the encoder takes features */
export function parseFeatureScale(
  json: unknown,
  features: number,
  file = 'preprocessor_config.json',
): FeatureScale {
  const f = new Fields(json, file);
  const deviation = f.numbers('feature_std', [], features);
  if (deviation.some((s) => s <= 0)) f.fail('feature_std', 'a list of numbers above zero');
  return { mean: f.numbers('feature_mean', [], features), deviation, limit: f.number('limit', 5, 0.1, 1e6) };
}

export const writeFeatureScale = ({ mean, deviation, limit }: FeatureScale): Record<string, unknown> => ({
  feature_mean: mean,
  feature_std: deviation,
  limit,
});

/** Means and deviations over the rows, to six digits. @param rows at least one, all of one length */
export function measureScale(rows: readonly Float32Array[], limit = 5): FeatureScale {
  const rounded = (x: number) => Number(x.toPrecision(6));
  const [mean, deviation]: number[][] = [[], []];
  for (let c = 0; c < rows[0].length; c++) {
    const m = rows.reduce((sum, row) => sum + row[c], 0) / rows.length;
    const s = Math.sqrt(rows.reduce((sum, row) => sum + (row[c] - m) ** 2, 0) / rows.length);
    mean.push(rounded(m));
    deviation.push(s > 1e-6 * Math.max(1, Math.abs(m)) ? rounded(s) : 1);
  }
  return { mean, deviation, limit };
}

/** A feature vector, standardised and cut off. */
export const scaleFeatures = (row: Float32Array, { mean, deviation, limit }: FeatureScale): Float32Array =>
  row.map((x, c) => Math.min(limit, Math.max(-limit, (x - mean[c]) / deviation[c])));
