import { testParity } from './encoders';

// where our kernels cannot be loaded tfjs's own compute
testParity('wasm-stock');
