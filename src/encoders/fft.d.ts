/** fft.js ships no types; these are the parts in use. */
declare module 'fft.js' {
  export default class FFT {
    /** @param size a power of two */
    constructor(size: number);
    /** [re, im, re, im, …] of `size` complex numbers. */
    createComplexArray(): number[];
    /** Fills the first size/2 + 1 complex numbers of `out`. */
    realTransform(out: number[], input: ArrayLike<number>): void;
  }
}
