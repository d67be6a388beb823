/** A small writer of ONNX graphs, field numbers as in onnx.proto (ONNX 1.16): the yardstick runs the same weights. */
import { Message } from './protobuf';

export type Attribute = number | { float: number } | number[];

/** Operators outside the standard set, which onnxruntime fuses to itself. */
export const microsoft = 'com.microsoft';

const elementTypes = { float32: 1, int64: 7 } as const;

export class OnnxGraph {
  private readonly graph = new Message();
  private names = 0;

  constructor(name: string) {
    this.graph.text(2, name);
  }

  input(name: string, shape: number[]): string {
    this.graph.message(11, valueInfo(name, shape));
    return name;
  }

  output(name: string, shape: number[]): void {
    this.graph.message(12, valueInfo(name, shape));
  }

  /** A weight. @param shape sizes by axis; [] for a scalar */
  constant(
    values: Float32Array | number[],
    shape: number[],
    type: keyof typeof elementTypes = 'float32',
  ): string {
    const name = `c${this.names++}`;
    const raw =
      type === 'float32'
        ? Float32Array.from(values).buffer
        : BigInt64Array.from(values as number[], BigInt).buffer;
    const tensor = new Message();
    for (const size of shape) tensor.int(1, size);
    tensor.int(2, elementTypes[type]).text(8, name).bytes(9, new Uint8Array(raw));
    this.graph.message(5, tensor);
    return name;
  }

  /** Adds a node and gives the name of its output, or of the given one. An empty input name is an input left out. */
  node(
    type: string,
    inputs: string[],
    {
      attributes = {},
      domain = '',
      outputs = [`n${this.names++}`],
    }: {
      attributes?: Record<string, Attribute>;
      domain?: string;
      outputs?: string[];
    } = {},
  ): string {
    const node = new Message();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(3, `node-${this.names++}`).text(4, type);
    for (const [key, value] of Object.entries(attributes)) node.message(5, attribute(key, value));
    if (domain) node.text(7, domain);
    this.graph.message(1, node);
    return outputs[0];
  }

  /** The whole file. */
  model(): Uint8Array {
    const opset = (domain: string, version: number) => new Message().text(1, domain).int(2, version);
    return new Message()
      .int(1, 9)
      .text(2, 'skewscope')
      .message(7, this.graph)
      .message(8, opset('', 20))
      .message(8, opset(microsoft, 1))
      .finish();
  }
}

function attribute(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === 'number') return message.int(3, value).int(20, 2);
  if (Array.isArray(value)) {
    for (const item of value) message.int(8, item);
    return message.int(20, 7);
  }
  return message.float(2, value.float).int(20, 1);
}

function valueInfo(name: string, shape: number[]): Message {
  const sizes = new Message();
  for (const size of shape) sizes.message(1, new Message().int(1, size));
  return new Message()
    .text(1, name)
    .message(2, new Message().message(1, new Message().int(1, 1).message(2, sizes)));
}
