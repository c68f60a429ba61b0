import { describe } from "../onnx/attribute.ts";
import type { Node } from "../onnx/model.ts";
import type { ChannelNodes } from "./channels.ts";
import type { KernelPosition } from "./meta_graph.ts";
import { outerSum } from "./axis_layout.ts";
import type { Trace } from "./trace.ts";

/** The parts of a weight by what they are to the edges: offsets in its tensor. */
export interface Kernel {
  /** Name of the stored weight. */
  readonly tensor: string;
  /** Offset of each output channel, [out]. */
  readonly rows: Int32Array;
  /** Offset of each position along the axis that is read, [in]. */
  readonly columns: Int32Array;
  /** Offset of each place in the window, [taps]; for linear layers one place at the origin. */
  readonly taps: Int32Array;
  /** Where each place in the window is, [taps.length]. */
  readonly places: readonly KernelPosition[];
}

/** An edge from every channel that is read to every one that is made. */
export function denseEdges(
  from: ChannelNodes,
  to: Int32Array,
  kernel: Kernel,
  { node, trace }: { node: Node; trace: Trace },
): void {
  const { tensor, rows } = kernel;
  const columns = from.positions.map((position) => kernel.columns[position + from.taps[0]!]!);
  const inner = from.taps.map((tap) => kernel.columns[from.positions[0]! + tap]! - columns[0]!);
  const regular = from.labels.length * from.taps.length === kernel.columns.length &&
    from.taps.every((tap, t) =>
      from.positions.every((position, k) => kernel.columns[position + tap] === columns[k]! + inner[t]!)
    );
  if (!regular) return trace.pass(tensor, `${describe(node)} reads it in an order that is not regular`);
  const places = from.places.flatMap((outer) =>
    kernel.places.map((place) =>
      from.taps.length === 1 ? place : kernel.taps.length === 1 ? outer : [...place, ...outer]
    )
  );
  const taps = outerSum(inner, kernel.taps);
  trace.draft.blocks.push({
    name: tensor,
    kind: "dense",
    role: "weight",
    from: from.labels,
    to,
    taps: places,
    weight: { tensor, rows, columns, taps },
  });
}

/** An edge from each channel that is read to the one at its place that is made. */
export function diagonalEdges(
  from: Int32Array,
  to: Int32Array,
  kernel: Omit<Kernel, "columns">,
  trace: Trace,
): void {
  const { tensor, rows, taps, places } = kernel;
  const weight = { tensor, rows, columns: new Int32Array(0), taps };
  trace.draft.blocks.push({ name: tensor, kind: "diagonal", role: "weight", from, to, taps: places, weight });
}
