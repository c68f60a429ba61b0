import { Tensor } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import type { KernelPosition, LayerView, MetaGraph } from "../metagraph/meta_graph.ts";

/** Some rows of a block of edges, or all of them. */
export interface BlockPart {
  /** Index of the block. */
  block: number;
  /** Offset of the part's features among the block's numbers. */
  start: number;
  /** Kernel positions of the block's edges, one for each column of `features`. */
  taps: readonly KernelPosition[];
  /** A view of the block's own, [edges, taps]. */
  features: Tensor;
  /** How the edges lie: [rows, columns], or [nodes] in a diagonal block. */
  shape: readonly number[];
  /** The nodes that the rows are, numbered through all layers: those that are made. */
  rows: Int32Array;
  /** The nodes that are read. */
  columns: Int32Array;
}

/**
 * A graph's blocks, cut by rows where they have more numbers than `most` for `width` numbers per edge. A row
 * stays whole. Blocks without edges have no parts.
 */
export function blockParts(
  { layers, blocks }: Pick<MetaGraph, "layers" | "blocks">,
  { width, most }: { width: number; most: number },
): BlockPart[] {
  const starts: number[] = [];
  let nodes = 0;
  for (const { channels } of layers) {
    starts.push(nodes);
    nodes += channels;
  }
  const numbered = ({ layers: own, indices }: LayerView) => {
    const all = own.flatMap((layer) =>
      Array.from({ length: layers[layer]!.channels }, (_, i) => starts[layer]! + i)
    );
    return Int32Array.from(indices ? Array.from(indices, (i) => all[i]!) : all);
  };
  return blocks.flatMap(({ kind, from, to, taps, features }, block) => {
    const [rows, columns] = [numbered(to), numbered(from)];
    const perRow = kind === "dense" ? columns.length : 1;
    const atOnce = Math.max(1, Math.floor(most / (perRow * Math.max(width, taps.length))));
    const parts: BlockPart[] = [];
    for (let row = 0; row < rows.length && perRow > 0; row += atOnce) {
      const own = rows.subarray(row, row + atOnce);
      const edges = own.length * perRow;
      const start = row * perRow * taps.length;
      const data = floats(features).subarray(start, start + edges * taps.length);
      parts.push({
        block,
        start,
        taps,
        features: new Tensor("float32", data, [edges, taps.length]),
        shape: kind === "dense" ? [own.length, perRow] : [own.length],
        rows: own,
        columns: kind === "dense" ? columns : columns.subarray(row, row + atOnce),
      });
    }
    return parts;
  });
}
