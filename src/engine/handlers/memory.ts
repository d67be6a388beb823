import * as tf from '../../runtime/tf';
import type { Handler } from '../handler';

export const memory: Handler<'memory'> = async () => {
  const { numTensors: tensors, numBytes: bytes } = tf.memory();
  return { tensors, bytes };
};
