import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { prunedVectors } from "./pruned_vectors.ts";
import { type EmbeddingTable, type Lookup, tableWeight } from "./table.ts";

/** Which numbers of a table stay: 1 or 0 for each, row by row. */
export type TableMask = Uint8Array;

/**
 * A table of which some numbers are zero for good, and learn nothing.
 *
 * @param mask [ids of all fields, features]
 * @param pruned where rows of which nothing is left give a vector of their field instead of zeros: which of
 * its numbers stay, [fields, features]
 */
export function maskedTable(mask: TableMask, pruned?: TableMask): EmbeddingTable {
  return {
    name: "masked",
    build(g, lookup) {
      const table = tableWeight(g, lookup);
      const kept = g.where(
        stored(g, "embedding.mask", mask, [mask.length / lookup.features, lookup.features]),
        table,
        0,
      );
      const vectors = g.gather(kept, lookup.rows);
      if (pruned === undefined) return vectors;
      const alive = stored(g, "embedding.alive", aliveRows(mask, lookup.features), [
        mask.length / lookup.features,
      ]);
      return g.where(
        g.unsqueeze(g.gather(alive, lookup.rows), [2]),
        vectors,
        maskedVectors(g, lookup, pruned),
      );
    },
  };
}

/** Rows of a mask of which something is left. */
export function aliveRows(mask: TableMask, features: number): Uint8Array {
  return Uint8Array.from(
    { length: mask.length / features },
    (_, row) => mask.subarray(row * features, (row + 1) * features).includes(1) ? 1 : 0,
  );
}

function maskedVectors(g: GraphBuilder, lookup: Lookup, pruned: TableMask): Value {
  const shape = [lookup.fields.length, lookup.features];
  return g.where(stored(g, "embedding.pruned_mask", pruned, shape), prunedVectors(g, lookup), 0);
}

function stored(g: GraphBuilder, name: string, mask: TableMask, dims: readonly number[]): Value {
  return g.parameter(name, new Tensor("bool", mask, dims));
}

/** The mask of whole rows, each cut after so many coordinates of its field. */
export function maskOf(
  rows: ArrayLike<number | boolean>,
  { widths, sizes, features }: { widths: readonly number[]; sizes: readonly number[]; features: number },
): TableMask {
  const mask = new Uint8Array(rows.length * features);
  let row = 0;
  sizes.forEach((size, field) => {
    for (const end = row + size; row < end; row++) {
      if (rows[row]) mask.fill(1, row * features, row * features + widths[field]!);
    }
  });
  return mask;
}
