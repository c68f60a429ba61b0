import { intAttribute, intsAttribute } from "../../lib/onnx/attribute.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import { Model, type Node } from "../../lib/onnx/model.ts";
import { type AnyTensor, ELEMENT_TYPE, isTensor, Tensor } from "../../lib/tensor/tensor.ts";

/**
 * The same computation in float64, for models over static shapes. Operators that ONNX Runtime has in float32 only
 * (convolutions, global pooling) are written out in slices, matrix products and means, so they share nothing with
 * what they are compared with.
 */
export function inFloat64(model: Model): Model {
  const inferred = inferShapes(model).graph;
  const initializers = new Map([...inferred.initializers].map(([name, tensor]) => [name, wider(tensor)]));
  const values = new Map(
    [...inferred.values].map((
      [name, info],
    ) => [name, info.type === "float32" ? { ...info, type: "float64" as const } : info]),
  );
  const g = new GraphBuilder({ ...inferred, nodes: [], initializers, values }, model.info.opsets);
  for (const node of inferred.nodes) {
    const rewritten = REWRITTEN[node.op]?.(g, node);
    g.place(
      rewritten === undefined
        ? { ...node, attributes: widerAttributes(node) }
        : { op: "Identity", inputs: [rewritten], outputs: node.outputs, attributes: {} },
    );
  }
  return new Model(g.graph(), model.info);
}

/** The tensor in float64 where it is in float32. */
export function wider(tensor: AnyTensor): AnyTensor {
  if (!isTensor(tensor) || tensor.type !== "float32") return tensor;
  return new Tensor("float64", Float64Array.from(tensor.data as Float32Array), tensor.dims);
}

function widerAttributes({ op, attributes }: Node): Node["attributes"] {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => {
      if (attribute.type === "tensor") return [name, { ...attribute, value: wider(attribute.value) }];
      const casts = op === "Cast" && name === "to" && attribute.type === "int";
      return [
        name,
        casts && attribute.value === ELEMENT_TYPE.float32
          ? { ...attribute, value: ELEMENT_TYPE.float64 }
          : attribute,
      ];
    }),
  );
}

const REWRITTEN: Record<string, (g: GraphBuilder, node: Node) => Value> = {
  Conv: (g, node) => {
    const [x, w, bias] = node.inputs as [Value, Value, Value | undefined];
    const y = convolve(g, x, w, {
      strides: intsAttribute(node, "strides", [1, 1]),
      dilations: intsAttribute(node, "dilations", [1, 1]),
      pads: intsAttribute(node, "pads", [0, 0, 0, 0]),
      group: intAttribute(node, "group", 1),
    });
    return bias ? g.add(y, g.unsqueeze(bias, [1, 2])) : y;
  },
  ConvTranspose: transposed,
  GlobalAveragePool: (g, { inputs: [x] }) => g.reduceMean(x!, [2, 3]),
  // What it fills in came from float32, so nothing is lost on the way.
  OneHot: (g, { inputs: [indices, depth, offAndOn], attributes }) =>
    g.cast(g.node("OneHot", [indices, depth, g.cast(offAndOn!, "float32")], attributes)[0]!, "float64"),
};

interface Window {
  strides: number[];
  dilations: number[];
  /** Top, left, bottom, right; negative ones cut. */
  pads: number[];
  group: number;
}

function dims(g: GraphBuilder, value: Value): number[] {
  return g.shape(value).map(Number);
}

/** One matrix product for each tap of the kernel, or for each place of the result, whichever are fewer. */
function convolve(g: GraphBuilder, x: Value, w: Value, { strides, dilations, pads, group }: Window): Value {
  const [top, left, bottom, right] = pads as [number, number, number, number];
  const padded = pads.some(Boolean) ? g.pad(x, [0, 0, top, left, 0, 0, bottom, right]) : x;
  const [n, c, height, width] = dims(g, padded) as [number, number, number, number];
  const [outs, ins, tall, wide] = dims(g, w) as [number, number, number, number];
  const [down, along] = dilations as [number, number];
  const [stepDown, stepAlong] = strides as [number, number];
  const rows = Math.floor((height - (tall - 1) * down - 1) / stepDown) + 1;
  const columns = Math.floor((width - (wide - 1) * along - 1) / stepAlong) + 1;
  const view = (start: number[], counts: number[], steps: number[]) =>
    g.slice(padded, start, start.map((from, i) => from + (counts[i]! - 1) * steps[i]! + 1), [2, 3], steps);

  if (tall * wide <= rows * columns) {
    let sum: Value | undefined;
    for (const [i, j] of places(tall, wide)) {
      const pixels = view([i * down, j * along], [rows, columns], strides);
      const tap = g.slice(w, [i, j], [i + 1, j + 1], [2, 3]);
      const product = g.matMul(
        g.reshape(tap, [1, group, outs / group, ins]),
        g.reshape(pixels, [n, group, c / group, rows * columns]),
      );
      sum = sum === undefined ? product : g.add(sum, product);
    }
    return g.reshape(sum!, [n, outs, rows, columns]);
  }
  const size = ins * tall * wide;
  const kernel = g.transpose(g.reshape(w, [1, group, outs / group, size]), [0, 1, 3, 2]);
  const all = places(rows, columns).map(([p, q]) => {
    const pixels = view([p * stepDown, q * stepAlong], [tall, wide], dilations);
    return g.reshape(g.matMul(g.reshape(pixels, [n, group, 1, size]), kernel), [n, outs, 1]);
  });
  return g.reshape(g.concat(all, 2), [n, outs, rows, columns]);
}

/** Zeros between the pixels, then a convolution with the kernel turned round. */
function transposed(g: GraphBuilder, node: Node): Value {
  const [x, w, bias] = node.inputs as [Value, Value, Value | undefined];
  const [stepDown, stepAlong] = intsAttribute(node, "strides", [1, 1]) as [number, number];
  const dilations = intsAttribute(node, "dilations", [1, 1]);
  const pads = intsAttribute(node, "pads", [0, 0, 0, 0]);
  const more = intsAttribute(node, "output_padding", [0, 0]);
  const group = intAttribute(node, "group", 1);
  const [n, c, height, width] = dims(g, x) as [number, number, number, number];
  const [, outs, tall, wide] = dims(g, w) as [number, number, number, number];
  const apart = g.pad(g.reshape(x, [n, c, height, 1, width, 1]), [
    ...[0, 0, 0, 0, 0, 0],
    ...[0, 0, 0, stepDown - 1, 0, stepAlong - 1],
  ]);
  const whole = g.reshape(apart, [n, c, height * stepDown, width * stepAlong]);
  const turned = g.slice(w, [-1, -1], [-(2 ** 31), -(2 ** 31)], [2, 3], [-1, -1]);
  const grouped = g.transpose(g.reshape(turned, [group, c / group, outs, tall, wide]), [0, 2, 1, 3, 4]);
  const span = [(tall - 1) * dilations[0]!, (wide - 1) * dilations[1]!];
  const around = [0, 1, 2, 3].map((side) =>
    span[side % 2]! - pads[side]! + (side < 2 ? 0 : more[side % 2]! - [stepDown, stepAlong][side % 2]! + 1)
  );
  const y = convolve(g, whole, g.reshape(grouped, [group * outs, c / group, tall, wide]), {
    strides: [1, 1],
    dilations,
    pads: around,
    group,
  });
  return bias ? g.add(y, g.unsqueeze(bias, [1, 2])) : y;
}

function places(rows: number, columns: number): [number, number][] {
  return Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns]);
}
