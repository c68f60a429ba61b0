import { TypeError } from "../../errors.ts";
import { quoted } from "../../printable.ts";
import { describe, stringAttribute } from "../attribute.ts";
import { broadcastDims, type Dim, type Shape, shapeText } from "../dim.ts";
import type { Node } from "../model.ts";

/** An equation in which every axis has a letter, those that `...` stands for too. */
export interface Einsum {
  /** The letters of each operand's axes. */
  operands: readonly string[];
  /** The letters of the output's axes. */
  output: string;
}

/** The terms of an equation as it is written: those of the operands, and the output's. */
export function einsumTerms(node: Node): { operands: string[]; output: string } {
  const [left = "", right] = equationOf(node).split("->");
  const labels = [...left.replaceAll(/[,.]/g, "")];
  // Without "->" the output has the labels that occur once, in alphabetical order.
  const once = labels.filter((label) => labels.indexOf(label) === labels.lastIndexOf(label)).sort().join("");
  return { operands: left.split(","), output: right ?? (left.includes("...") ? "..." : "") + once };
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * Reads an equation against its operands' shapes; `undefined` where a rank is unknown.
 *
 * @throws TypeError where an operand has another number of axes
 */
export function readEinsum(shapes: readonly (Shape | undefined)[], node: Node): Einsum | undefined {
  const equation = equationOf(node);
  const { operands: terms, output } = einsumTerms(node);
  const hidden: number[] = [];
  for (const [i, term] of terms.entries()) {
    const shape = shapes[i];
    if (shape === undefined) return undefined;
    const more = shape.length - term.replace("...", "").length;
    if (more < 0 || (more > 0 && !term.includes("..."))) {
      throw failure(node, `has operand ${quoted(term)} for ${shapeText(shape)}`);
    }
    hidden.push(more);
  }
  const free = [...LETTERS].filter((letter) => !equation.includes(letter));
  const ellipsis = free.slice(0, Math.max(...hidden)).join("");
  // Axes behind "..." are counted from the last one, as in all broadcasting.
  const operands = terms.map((term, i) => term.replace("...", ellipsis.slice(ellipsis.length - hidden[i]!)));
  return { operands, output: output.replace("...", ellipsis) };
}

/** The size of every letter, in the order of the equation. */
function sizesOf(
  { operands }: Einsum,
  shapes: readonly (Shape | undefined)[],
  node: Node,
): ReadonlyMap<string, Dim> {
  const sizes = new Map<string, Dim>();
  operands.forEach((letters, i) => {
    [...letters].forEach((letter, axis) => {
      const [known, dim] = [sizes.get(letter), shapes[i]![axis]!];
      const size = broadcastDims(known ?? dim, dim);
      if (size === undefined) {
        const what = equationOf(node).includes(letter) ? `label ${quoted(letter)}` : '"..."';
        throw failure(
          node,
          `gives ${what} both ${known} and ${dim} in ${shapes.map(shapeText).join(" and ")}`,
        );
      }
      sizes.set(letter, size);
    });
  });
  return sizes;
}

/** The shape that `Einsum` gives. */
export function einsumShape(shapes: readonly (Shape | undefined)[], node: Node): Shape | undefined {
  const einsum = readEinsum(shapes, node);
  const sizes = einsum && sizesOf(einsum, shapes, node);
  return einsum && [...einsum.output].map((letter) => sizes!.get(letter) ?? 1);
}

/** The sizes of all labels that `Einsum` runs over: their product is its number of multiplications. */
export function einsumSizes(shapes: readonly (Shape | undefined)[], node: Node): Shape | undefined {
  const einsum = readEinsum(shapes, node);
  return einsum && [...sizesOf(einsum, shapes, node).values()];
}

const equationOf = (node: Node) => stringAttribute(node, "equation", "").replaceAll(" ", "");

const failure = (node: Node, why: string) =>
  new TypeError(`Cannot infer the shape of ${describe(node)}: equation "${equationOf(node)}" ${why}`);
