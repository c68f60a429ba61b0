import { eachFeature, isBlockUse } from "./read_blocks.ts";
import type { BlockUse, Carried, MetaGraph, NodeUse } from "./meta_graph.ts";

/** Place of one stored tensor in a meta graph. */
export interface CoverageRow {
  /** Name of the tensor. */
  tensor: string;
  /** `"coupled"` is carried, but by several features for the same number: its layers share it. */
  state: "carried" | "coupled" | "passed";
  /** How many numbers of the tensor are in the graph. */
  numbers: number;
  /** The blocks, and the columns of layers, that hold it. */
  places: string[];
  /** Why it is not in the graph. */
  why?: string;
}

/** For each stored tensor of the model, whether and where the graph holds it. */
export function coverageOf({ layers, blocks, slots, manifest }: MetaGraph): CoverageRow[] {
  const place = (use: BlockUse | NodeUse) =>
    isBlockUse(use) ? `edges ${blocks[use.block]!.name}` : `${slots[use.slot]} of ${layers[use.layer]!.name}`;
  return [...manifest].map(([tensor, entry]): CoverageRow => {
    if (entry.state === "passed") return { tensor, state: "passed", numbers: 0, places: [], why: entry.why };
    const { numbers, shared } = held(entry.uses);
    return { tensor, state: shared ? "coupled" : "carried", numbers, places: entry.uses.map(place) };
  });
}

/** How many elements a tensor's features hold, and whether any is held twice. */
function held(uses: Extract<Carried, { state: "carried" }>["uses"]): { numbers: number; shared: boolean } {
  const sizeOf = (use: BlockUse | NodeUse) =>
    isBlockUse(use)
      ? use.rows.length * Math.max(1, use.columns.length) * use.taps.filter((tap) => tap >= 0).length
      : use.elements.length;
  const places = uses.reduce((sum, use) => sum + sizeOf(use), 0);
  if (uses.length === 1) return { numbers: places, shared: false };
  const elements = new Set<number>();
  for (const use of uses) {
    if (isBlockUse(use)) eachFeature(use, (_, element) => void elements.add(element));
    else for (const element of use.elements) elements.add(element);
  }
  return { numbers: elements.size, shared: elements.size < places };
}

/** The graph in lines for people: its size, and what of the model is in it and what is not, and why. */
export function describeGraph(graph: MetaGraph): string {
  const rows = coverageOf(graph);
  const of = (state: CoverageRow["state"]) => rows.filter((row) => row.state === state);
  const number = (value: number) => value.toLocaleString("en");
  const numbers = (list: readonly CoverageRow[]) => number(list.reduce((sum, row) => sum + row.numbers, 0));
  const [carried, coupled, passed] = [of("carried"), of("coupled"), of("passed")];
  const reasons = Map.groupBy(passed, ({ why }) => why!);
  const few = (list: readonly CoverageRow[]) =>
    list.slice(0, 3).map(({ tensor }) => `"${tensor}"`).join(", ") +
    (list.length > 3 ? ` and ${list.length - 3} more` : "");
  return [
    `Graph of ${graph.name || "a network"}: ${number(graph.nodes)} nodes in ${graph.layers.length} layers, ` +
    `${number(graph.edges)} edges in ${graph.blocks.length} blocks`,
    `carried: ${numbers(carried)} numbers of ${carried.length} tensors`,
    `coupled: ${numbers(coupled)} numbers of ${coupled.length} tensors that layers share`,
    ...coupled.map(({ tensor, places }) => `  "${tensor}" in ${places.join("; ")}`),
    `passed on as they are: ${passed.length} tensors`,
    ...[...reasons].map(([why, list]) => `  ${few(list)}: ${why}`),
  ].join("\n");
}
