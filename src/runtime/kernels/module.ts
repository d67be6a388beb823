/** The side module's exports, as in assembly/index.ts. Numbers and byte addresses only. */
type Kernel = (...args: number[]) => number;

export type SideModule = Record<
  | 'activate'
  | 'activateGrad'
  | 'adamStep'
  | 'attention'
  | 'attentionGrad'
  | 'attentionScratch'
  | 'copyStrided'
  | 'criticScores'
  | 'criticScratch'
  | 'criticSteps'
  | 'crossEntropy'
  | 'crossEntropyGrad'
  | 'gatherRows'
  | 'gemmScratch'
  | 'headLogits'
  | 'headScratch'
  | 'headSteps'
  | 'initialise'
  | 'layerNorm'
  | 'layerNormGrad'
  | 'matMul'
  | 'maxLast'
  | 'packB'
  | 'packedSize'
  | 'parallel'
  | 'scale'
  | 'segmentSum'
  | 'softmax'
  | 'sumLast'
  | 'sumMiddle'
  | 'sumOfSquares'
  | 'transposeLast'
  | 'work',
  Kernel
> &
  Record<'CONTROL_BYTES' | 'TABLE_BYTES', WebAssembly.Global>;

/** The module's imports: nothing but tfjs's memory. */
export const SIDE_MODULE_MEMORY = (memory: WebAssembly.Memory): WebAssembly.Imports => ({ env: { memory } });
