import { EXPORTERS, type ZooResult } from "./zoo.ts";

/** What a page of results is told with. */
export interface CoverageFacts {
  /** The day of the run, as 2026-11-29. */
  date: string;
  /** Versions of the packages that networks and exporters come from, as `torch 2.13.0`. */
  packages: readonly string[];
}

/** docs/coverage.md: what became of each architecture of the zoo, by exporter. */
export function coveragePage(rows: readonly ZooResult[], { date, packages }: CoverageFacts): string {
  const names = [...new Set(rows.map(({ name }) => name))];
  const cell = (name: string, exporter: string) => {
    const row = rows.find((each) => each.name === name && each.exporter === exporter);
    if (!row) return "";
    const share = row.share === undefined ? "" : `${(100 * row.share).toFixed(1)} %`;
    if (row.verdict === "equal") return `${share}, within ${row.difference!.toExponential(1)}`;
    return `${row.verdict}: ${(row.why ?? share).replaceAll("|", "\\|")}`;
  };
  const equal = rows.filter(({ verdict }) => verdict === "equal");
  const reached = equal.filter(({ share }) => share! <= 0.51);
  const table = [
    ["architecture", ...EXPORTERS],
    ["---", ...EXPORTERS.map(() => "---")],
    ...names.map((name) => [name, ...EXPORTERS.map((exporter) => cell(name, exporter))]),
  ].map((cells) => `| ${cells.join(" | ")} |`);
  return [
    "# Coverage",
    "",
    `Architectures of Python packages with random weights, exported by both of PyTorch's exporters, pruned to half ` +
    `of their MACs, and compared with the masked original in Python's ONNX Runtime: ${reached.length} of ` +
    `${rows.length} exports reach half, ${equal.length} are equal to their mask. A cell says how much of the MACs ` +
    `is left, and the largest difference of an output, relative to its largest number.`,
    "",
    `Measured on ${date} by \`deno task zoo --write\` with ${
      packages.join(", ")
    }. What each operator has stands in ` +
    `[the operator matrix](operator_matrix.md).`,
    "",
    ...table,
    "",
  ].join("\n");
}
