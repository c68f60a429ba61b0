import { quoted } from "../../printable.ts";
import { describe, stringAttribute } from "../attribute.ts";
import { broadcastDims, type Dim, type Shape, shapeText } from "../dim.ts";
import type { Node } from "../model.ts";

/** An equation, with the size of every label. */
interface Einsum {
  sizes: ReadonlyMap<string, Dim>;
  /** Dimensions that `...` stands for in the output. */
  ellipsis: Shape;
  output: string;
}

/** Reads an equation against its operands' shapes; `undefined` where a rank is unknown. */
function readEinsum(shapes: readonly (Shape | undefined)[], node: Node): Einsum | undefined {
  const equation = stringAttribute(node, "equation", "").replaceAll(" ", "");
  const fail = (why: string) =>
    new TypeError(`Cannot infer the shape of ${describe(node)}: equation ${quoted(equation)} ${why}`);
  const [left = "", right] = equation.split("->");
  const join = (a: Dim, b: Dim, what: string) => {
    const size = broadcastDims(a, b);
    if (size === undefined) {
      throw fail(`gives ${what} both ${a} and ${b} in ${shapes.map(shapeText).join(" and ")}`);
    }
    return size;
  };
  const sizes = new Map<string, Dim>();
  let ellipsis: Shape = [];
  for (const [i, operand] of left.split(",").entries()) {
    const shape = shapes[i];
    if (shape === undefined) return undefined;
    const [front = "", back = ""] = operand.split("...");
    const hidden = shape.length - front.length - back.length;
    if (hidden < 0 || (hidden > 0 && !operand.includes("..."))) {
      throw fail(`has operand ${quoted(operand)} for ${shapeText(shape)}`);
    }
    const own = shape.slice(front.length, front.length + hidden);
    const length = Math.max(own.length, ellipsis.length);
    const sides = [ellipsis, own];
    ellipsis = Array.from({ length }, (_, at) => {
      const [a, b] = sides.map((side) => side[at - length + side.length] ?? 1) as [Dim, Dim];
      return join(a, b, '"..."');
    });
    [...front + back].forEach((label, at) => {
      const dim = shape[at < front.length ? at : at + hidden]!;
      sizes.set(label, join(sizes.get(label) ?? dim, dim, `label ${quoted(label)}`));
    });
  }
  // Without "->" the output has the labels that occur once, in alphabetical order.
  const labels = [...left.replaceAll(/[,.]/g, "")];
  const once = labels.filter((label) => labels.indexOf(label) === labels.lastIndexOf(label)).sort().join("");
  const output = right ?? (left.includes("...") ? "..." : "") + once;
  return { sizes, ellipsis, output };
}

/** The shape that `Einsum` gives. */
export function einsumShape(shapes: readonly (Shape | undefined)[], node: Node): Shape | undefined {
  const einsum = readEinsum(shapes, node);
  return einsum?.output.split(/(\.\.\.)/).flatMap((part) =>
    part === "..." ? einsum.ellipsis : [...part].map((label) => einsum.sizes.get(label) ?? 1)
  );
}

/** The sizes of all labels that `Einsum` runs over: their product is its number of multiplications. */
export function einsumSizes(shapes: readonly (Shape | undefined)[], node: Node): Shape | undefined {
  const einsum = readEinsum(shapes, node);
  return einsum && [...einsum.ellipsis, ...einsum.sizes.values()];
}
