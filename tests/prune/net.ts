import type { AttributeLike } from "../../lib/onnx/attribute.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { int64, sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";

/**
 * A small network with input "x": how many of its channels may leave, by closed reasoning, the shape of the input
 * ("N" for a batch of unknown size), and how it is built.
 */
export type NetCase = [free: number, shape: (number | "N")[], build: (n: Net, x: Value) => Value];

/** A small network under construction. */
export class Net {
  readonly g: GraphBuilder;
  readonly #random = seededRandom(5);
  #count = 0;

  constructor(opsets?: Record<string, number>) {
    this.g = new GraphBuilder("toy", opsets);
  }

  weight(...dims: number[]): Value {
    const data = Float32Array.from({ length: sizeOf(dims) }, () => this.#random.normal(0, 0.5));
    return this.g.parameter(`w${this.#count++}`, new Tensor("float32", data, dims));
  }
  op(op: string, inputs: Value[], attributes: Record<string, AttributeLike> = {}): Value {
    return this.ops(op, inputs, attributes, 1)[0]!;
  }
  ops(op: string, inputs: Value[], attributes: Record<string, AttributeLike>, count: number): Value[] {
    return this.g.node(op, inputs, attributes, { outputs: count });
  }
  conv(x: Value, from: number, to: number, kernel = 3, group = 1): Value {
    return this.op("Conv", [x, this.weight(to, from / group, kernel, kernel), this.weight(to)], {
      pads: Array(4).fill((kernel - 1) / 2),
      group,
    });
  }
  linear(x: Value, from: number, to: number): Value {
    return this.op("Add", [this.op("MatMul", [x, this.weight(from, to)]), this.weight(to)]);
  }
  half(...dims: number[]): Value {
    const data = Float16Array.from({ length: sizeOf(dims) }, () => this.#random.normal(0, 0.5));
    return this.g.parameter(`w${this.#count++}`, new Tensor("float16", data as never, dims));
  }
  level(channels: number, value: number): Value {
    return this.g.parameter(
      `w${this.#count++}`,
      new Tensor("float32", new Float32Array(channels).fill(value)),
    );
  }
  /** Whole numbers from 0 to 255, or from −127 to 127. */
  bytes(signed: boolean, ...dims: number[]): Value {
    const numbers = Array.from(
      { length: sizeOf(dims) },
      () => Math.floor(this.#random.uniform(signed ? -127 : 0, signed ? 128 : 256)),
    );
    const tensor = signed
      ? new Tensor("int8", Int8Array.from(numbers), dims)
      : new Tensor("uint8", Uint8Array.from(numbers), dims);
    return this.g.parameter(`w${this.#count++}`, tensor);
  }
  /** Zero points: stored whole numbers of one value. */
  zeroPoint(signed: boolean, value: number, ...dims: number[]): Value {
    const size = sizeOf(dims);
    return this.g.constant(
      signed
        ? new Tensor("int8", new Int8Array(size).fill(value), dims)
        : new Tensor("uint8", new Uint8Array(size).fill(value), dims),
    );
  }
  /** Whole numbers of four bits. */
  nibbles(type: "int4" | "uint4", ...dims: number[]): Value {
    const bytes = Uint8Array.from(
      { length: Math.ceil(sizeOf(dims) / 2) },
      () => Math.floor(this.#random.uniform(0, 256)),
    );
    return this.g.parameter(`w${this.#count++}`, new Tensor(type, bytes as never, dims));
  }
  /** Numbers above zero, as scales are. */
  positive(...dims: number[]): Value {
    const data = Float32Array.from({ length: sizeOf(dims) }, () => this.#random.uniform(0.01, 0.05));
    return this.g.constant(new Tensor("float32", data, dims));
  }
  number(value: number): Value {
    return this.g.constant(new Tensor("float32", [value], []));
  }
  weights(values: number[]): Value {
    return this.g.constant(new Tensor("float32", values));
  }
  ints(...values: number[]): Value {
    return this.g.constant(int64(values));
  }
  reshape(x: Value, ...shape: number[]): Value {
    return this.op("Reshape", [x, this.g.constant(int64(shape))]);
  }
}
