/** The kernels that tfjs does not have; `ops.ts` runs them where a backend has registered them. */
export const LINEAR = 'SkewscopeLinear';
export const LAYER_NORM = 'SkewscopeLayerNorm';
export const LAYER_NORM_GRAD = 'SkewscopeLayerNormGrad';
export const ACTIVATION = 'SkewscopeActivation';
export const ACTIVATION_GRAD = 'SkewscopeActivationGrad';
export const ATTENTION = 'SkewscopeAttention';
export const ATTENTION_GRAD = 'SkewscopeAttentionGrad';
export const CROSS_ENTROPY = 'SkewscopeCrossEntropy';
export const CROSS_ENTROPY_GRAD = 'SkewscopeCrossEntropyGrad';

/** Codes of the elementwise functions, as in assembly/pointwise.ts. */
export const activationCode = {
  none: 0,
  gelu: 1,
  'gelu-tanh': 2,
  relu: 3,
  tanh: 4,
  sigmoid: 5,
  erf: 6,
} as const;
