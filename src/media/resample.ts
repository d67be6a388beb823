export { resample } from '../math/resample';
