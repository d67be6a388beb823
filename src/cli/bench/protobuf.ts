/** Writing protocol buffers: as much of the wire format as an ONNX file needs. */

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
};

export class Message {
  private readonly parts: Uint8Array[] = [];

  /** A whole number, zero or more. */
  int(field: number, value: number): this {
    return this.push([...varint(field * 8), ...varint(value)]);
  }

  float(field: number, value: number): this {
    this.push(varint(field * 8 + 5));
    this.parts.push(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.push([...varint(field * 8 + 2), ...varint(value.length)]);
    this.parts.push(value);
    return this;
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of this.parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  private push(bytes: number[]): this {
    this.parts.push(Uint8Array.from(bytes));
    return this;
  }
}
