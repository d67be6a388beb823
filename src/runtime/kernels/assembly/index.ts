// The side module's exports. It keeps nothing in static memory: that belongs to tfjs.
export { activate, activateGrad, adamStep, scale, sumOfSquares } from './pointwise';
export { attention, attentionGrad, attentionScratch } from './attention';
export { criticScores, criticScratch, criticSteps } from './critic';
export { gemmScratch, matMul, packB, packedSize } from './gemm';
export { headLogits, headScratch, headSteps } from './heads';
export { copyStrided, gatherRows, maxLast, segmentSum, sumLast, sumMiddle, transposeLast } from './move';
export { crossEntropy, crossEntropyGrad, layerNorm, layerNormGrad, softmax } from './rows';
export { initialise, TABLE_BYTES } from './simd';
export { CONTROL_BYTES, parallel, work } from './threads';
