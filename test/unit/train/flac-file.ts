/** Bits, most significant first: enough of an encoder to write each kind of subframe (RFC 9639). */
class Bits {
  private readonly list: number[] = [];
  put(value: number, count: number): this {
    for (let i = count - 1; i >= 0; i--) this.list.push(Math.floor(value / 2 ** i) & 1);
    return this;
  }
  signed(value: number, count: number): this {
    return this.put(value < 0 ? value + 2 ** count : value, count);
  }
  rice(value: number, parameter: number): this {
    const folded = value >= 0 ? 2 * value : -2 * value - 1;
    for (let i = 0; i < folded >> parameter; i++) this.put(0, 1);
    return this.put(1, 1).put(folded & (2 ** parameter - 1), parameter);
  }
  bytes(): Uint8Array {
    const padded = [...this.list, ...Array((8 - (this.list.length % 8)) % 8).fill(0)];
    return Uint8Array.from({ length: padded.length / 8 }, (_, i) =>
      padded.slice(8 * i, 8 * i + 8).reduce((byte, bit) => 2 * byte + bit, 0),
    );
  }
}

export const verbatim = (x: number[]) => (b: Bits, bits: number) => {
  b.put(0, 1).put(1, 6).put(0, 1);
  x.forEach((v) => b.signed(v, bits));
};
export const constant = (v: number) => (b: Bits, bits: number) => void b.put(0, 8).signed(v, bits);
/** Second differences by the fixed predictor, two partitions of Rice codes. */
export const fixed2 = (x: number[]) => (b: Bits, bits: number) => {
  b.put(0, 1).put(10, 6).put(0, 1).signed(x[0], bits).signed(x[1], bits);
  b.put(0, 2).put(1, 4);
  x.forEach((v, i) => {
    if (i === 0 || i === x.length / 2) b.put(3, 4);
    if (i >= 2) b.rice(v - 2 * x[i - 1] + x[i - 2], 3);
  });
};
/** Order 1, coefficient 3/4; residuals as plain 12-bit numbers; one wasted bit. */
export const linear = (x: number[]) => (b: Bits, bits: number) => {
  b.put(0, 1).put(32, 6).put(1, 1).put(1, 1);
  const half = x.map((v) => v / 2);
  b.signed(half[0], bits - 1)
    .put(3, 4)
    .signed(2, 5)
    .signed(3, 4);
  b.put(0, 2).put(0, 4).put(15, 4).put(12, 5);
  for (let i = 1; i < x.length; i++) b.signed(half[i] - Math.floor((3 * half[i - 1]) / 4), 12);
};

export type Subframe = (b: Bits, bits: number) => void;
/** @param code arrangement of channels: 0 one, 1 two, 8 left and side, 9 side and right, 10 middle and side */
export function flac(
  blocks: { size: number; code: number; subframes: Subframe[] }[],
  channels: number,
): Uint8Array {
  const total = blocks.reduce((n, { size }) => n + size, 0);
  const info = new Bits().put(0, 16).put(0, 16).put(0, 24).put(0, 24);
  info
    .put(16000, 20)
    .put(channels - 1, 3)
    .put(15, 5)
    .put(0, 4)
    .put(total, 32)
    .put(0, 32)
    .put(0, 32)
    .put(0, 32)
    .put(0, 32);
  const parts = [Uint8Array.from([0x66, 0x4c, 0x61, 0x43]), Uint8Array.from([0x80, 0, 0, 34]), info.bytes()];
  blocks.forEach(({ size, code, subframes }, n) => {
    const b = new Bits().put(0x7ffc, 15).put(0, 1).put(6, 4).put(0, 4).put(code, 4).put(0, 3).put(0, 1);
    b.put(n, 8)
      .put(size - 1, 8)
      .put(0, 8);
    subframes.forEach((write, c) =>
      write(b, 16 + (code === 9 ? Number(c === 0) : Number(code >= 8 && c === 1))),
    );
    parts.push(b.bytes(), new Uint8Array(2));
  });
  return Uint8Array.from(parts.flatMap((p) => [...p]));
}
