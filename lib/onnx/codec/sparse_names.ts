import type { Graph } from "../model.ts";
import { WireReader } from "./wire_reader.ts";

const GRAPH = { sparse_initializer: 15 } as const;
const SPARSE_TENSOR = { values: 1 } as const;
const TENSOR = { name: 8 } as const;

/** Names of a graph's sparse initializers, which travel in `rest`. */
export function sparseNames({ rest }: Graph): string[] {
  const names: string[] = [];
  if (rest === undefined) return names;
  const reader = new WireReader(rest, "the sparse initializers");
  reader.fields(GRAPH, {
    sparse_initializer: (into, reader) =>
      reader.message((sparse) =>
        sparse.fields(SPARSE_TENSOR, {
          values: (into, reader) =>
            reader.message((tensor) =>
              tensor.fields(TENSOR, { name: (into, reader) => void into.push(reader.string()) }, into)
            ),
        }, into)
      ),
  }, names);
  return names;
}
