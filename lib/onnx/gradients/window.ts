import { TypeError } from "../../errors.ts";
import { quoted } from "../../printable.ts";
import { describe, intsAttribute, stringAttribute } from "../attribute.ts";
import type { GraphBuilder, Value } from "../builder.ts";
import type { Dim } from "../dim.ts";
import type { Node } from "../model.ts";
import { constantOf } from "./call.ts";
import { dimValue } from "./shape.ts";

/** How a window moves, with one entry per spatial axis. */
export interface Window {
  /** Size of the window. */
  kernel: number[];
  /** Steps between windows. */
  strides: number[];
  /** Steps between elements of a window. */
  dilations: number[];
  /** Padding before the first and behind the last element. */
  begin: number[];
  /** Padding behind the last element. */
  end: number[];
}

/**
 * The window of a node, with automatic padding worked out.
 *
 * @param input what the window moves over, `output` the places it takes; for ConvTranspose the other way
 * round
 * @param kernel sizes, where the node itself does not give them
 */
export function windowOf(
  g: GraphBuilder,
  node: Node,
  { input, output, kernel }: { input: Value; output: Value; kernel?: readonly Dim[] },
): Window {
  const sizes = (intsAttribute(node, "kernel_shape", undefined) ?? kernel ?? []).map((size) => {
    if (typeof size === "number") return size;
    throw new TypeError(
      `Cannot differentiate ${describe(node)}: the size ${quoted(size)} of its kernel must be a number`,
    );
  });
  const ones = sizes.map(() => 1);
  const strides = intsAttribute(node, "strides", ones);
  const dilations = intsAttribute(node, "dilations", ones);
  const [inner, outer] = [g.shape(output).slice(2), g.shape(input).slice(2)];
  const auto = stringAttribute(node, "auto_pad", "NOTSET");
  const computed = auto.startsWith("SAME") || intsAttribute(node, "output_shape", undefined) !== undefined;
  const pads = computed ? [] : auto === "VALID" ? [] : intsAttribute(node, "pads", []);
  const begin = sizes.map((_, i) => pads[i] ?? 0);
  const end = sizes.map((_, i) => pads[i + sizes.length] ?? 0);
  if (computed) {
    const extra = intsAttribute(node, "output_padding", []);
    sizes.forEach((size, i) => {
      const span = (size - 1) * dilations[i]! + 1;
      const [from, places] = [outer[i], inner[i]];
      // At stride 1 padding makes input and output equally long, whatever the length.
      const total = strides[i] === 1 && from === places
        ? span - 1
        : typeof from === "number" && typeof places === "number"
        ? Math.max((places - 1) * strides[i]! + span + (extra[i] ?? 0) - from, 0)
        : undefined;
      if (total === undefined) {
        throw new TypeError(
          `Cannot differentiate ${describe(node)}: its padding follows from the size of axis ${i + 2}, ` +
            `which is ${quoted(from)}; give inputShapes to inferShapes first, or explicit pads`,
        );
      }
      const half = Math.floor(total / 2);
      // Where output_shape alone asks for padding, the larger half comes first, too.
      begin[i] = auto === "SAME_UPPER" ? half : total - half;
      end[i] = total - begin[i]!;
    });
  }
  return { kernel: sizes, strides, dilations, begin, end };
}

/** Number of elements from the first to the last one a window sees, along each axis. */
export function spans({ kernel, dilations }: Window): number[] {
  return kernel.map((size, i) => (size - 1) * dilations[i]! + 1);
}

/**
 * The transpose of moving a window: each element of `value` adds its products with the kernel to the places
 * it was computed from. The result has the spatial size of `x`.
 *
 * @param kernel [channels of `value`, channels of the result / group, …]
 */
export function spread(
  g: GraphBuilder,
  value: Value,
  kernel: Value,
  { window, x, group = 1 }: { window: Window; x: Value; group?: number },
): Value {
  const { strides, dilations, begin, end } = window;
  const [from, to] = [g.shape(value).slice(2), g.shape(x).slice(2)];
  const span = spans(window);
  // Elements at the end that no window reached.
  const unseen = to.map((dim, i) => {
    const places = from[i];
    return typeof dim === "number" && typeof places === "number"
      ? dim + begin[i]! + end[i]! - ((places - 1) * strides[i]! + span[i]!)
      : strides[i] === 1
      ? 0
      : undefined;
  });
  if (unseen.every((count, i) => count !== undefined && count >= 0 && count < strides[i]!)) {
    return g.convTranspose(value, kernel, undefined, {
      strides,
      dilations,
      group,
      pads: [...begin, ...end],
      output_padding: unseen as number[],
    });
  }
  // The size is known only at run time, or padding was left over: spread without padding, then cut it out.
  const full = g.convTranspose(value, kernel, undefined, { strides, dilations, group });
  const more = to.map((_, i) => Math.max(unseen[i] ?? strides[i]! - 1, 0));
  const zeros = to.map(() => 0);
  const padded = more.some(Boolean) ? g.pad(full, [0, 0, ...zeros, 0, 0, ...more]) : full;
  const axes = to.map((_, i) => i + 2);
  const sizes = g.concat(axes.map((axis) => dimValue(g, x, axis)), 0);
  const [cut] = g.node("Slice", [padded, g.ints(begin), g.add(sizes, g.ints(begin)), g.ints(axes)]);
  g.declare(cut!, {
    type: g.info(value).type,
    shape: [...g.shape(full).slice(0, 2), ...to],
  });
  return cut!;
}

/** Constant ones in a given type, as a kernel of one channel. */
export function onesKernel(g: GraphBuilder, like: Value, kernel: readonly number[]): Value {
  return g.expand(constantOf(g, g.info(like).type, 1), g.ints([1, 1, ...kernel]));
}
