import { ortEnvironment } from "../../lib/deps.ts";
import { machinePeak } from "./peak.ts";
import type { Times } from "./turns.ts";

/** A part of the benchmarks, as it stands in docs/benchmarks.md. */
export interface Section {
  title: string;
  /** What was measured, in a sentence or two of Markdown. */
  about: string;
  head: string[];
  rows: string[][];
  /** Markdown that stands below the table. */
  below?: readonly string[];
  /** A shorter table for the README. */
  brief?: Pick<Section, "head" | "rows">;
}

/** Settings of all parts. */
export interface BenchOptions {
  /** Counted rounds. */
  rounds: number;
  /** A Python with PyTorch, to compare with. */
  torch?: string | undefined;
  /** Networks to save and time, by name. Default: all. */
  networks?: readonly string[] | undefined;
  /** Is given a long part as far as it has come, after each of its rows: what was measured outlives a stop. */
  keep?: ((section: Section) => Promise<void>) | undefined;
}

/** Measures one part. */
export type Bench = (options: BenchOptions) => Promise<Section>;

/** How long it took on the wall, and on all processors together, best and median in turn. */
export const TIME_HEAD = (unit: "s" | "ms"): string[] => [
  `${unit}, best`,
  `${unit}, median`,
  `processor ${unit}`,
];

/** A contestant's times, for the columns of {@linkcode TIME_HEAD}. */
export function timeCells({ best, median, processor }: Times, unit: "s" | "ms", count: number): string[] {
  const scale = unit === "ms" ? 1000 : 1;
  return [best, median, processor].map((seconds) => digits(seconds && seconds * scale, count));
}

/** A section in Markdown, with when and where. */
export function toMarkdown({ title, about, below = [], ...table }: Section, where: string): string {
  return [
    `### ${title}`,
    "",
    `${where}. ${about}`,
    "",
    tableOf(table),
    ...below.flatMap((text) => ["", text]),
  ].join("\n");
}

/** A table in Markdown. */
export function tableOf({ head, rows }: Pick<Section, "head" | "rows">): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Date, processors, what they give at most, and programs; `load` is what else ran before. */
export async function machine(load: number = Deno.loadavg()[0]!): Promise<string> {
  const { gflops, copied } = await machinePeak();
  const text = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const simd = /avx512f/.test(text) ? "AVX-512" : /avx2/.test(text) ? "AVX2" : Deno.build.arch;
  const model = /model name\s*:\s*(.*)/.exec(text)?.[1] ?? Deno.build.os;
  return `${new Date().toISOString().slice(0, 10)}, ${navigator.hardwareConcurrency} processors ` +
    `(${model}, ${simd}), ONNX Runtime ${ortEnvironment.versions.common}, Deno ${Deno.version.deno}, ` +
    `load before ${load.toFixed(1)}. At most ` +
    `${gflops.toFixed(0)} GFLOP/s (a product of two matrices of 1024 × 1024, all threads) and ` +
    `${copied.toFixed(1)} GB/s (a plain copy, one thread)`;
}

/** A number with so many digits behind the point; a dash where there is none. */
export function digits(value: number | undefined, count = 3): string {
  return value === undefined || !Number.isFinite(value) ? "–" : value.toFixed(count);
}
