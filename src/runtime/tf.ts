/**
 * The tfjs ops the project uses, re-exported from tfjs-core so that bundlers drop the rest.
 * Everything outside `runtime` reaches tfjs through this file; the umbrella package is never imported.
 */
export * from '@tensorflow/tfjs-core';
