// The side module's exports. It keeps nothing in static memory: that belongs to tfjs.
export { activate, activateGrad, adamStep, scale, sumOfSquares } from './pointwise';
export { attention, attentionGrad, attentionScratch } from './attention';
export { batchedMatMul, gemm, gemmScratch, packB, packedSize } from './gemm';
export { copyStrided, gatherRows, segmentSum, sumLast, sumMiddle, transposeLast } from './move';
export { crossEntropy, crossEntropyGrad, layerNorm, layerNormGrad, softmax, softmaxGrad } from './rows';
export { initialise, TABLE_BYTES } from './simd';
