/** A part of the benchmarks, as it stands in docs/benchmarks.md. */
export interface Section {
  title: string;
  /** What was measured, in a sentence or two of Markdown. */
  about: string;
  head: string[];
  rows: string[][];
}

/** Settings of all parts. */
export interface BenchOptions {
  /** Counted rounds. */
  rounds: number;
  /** A Python with PyTorch, to compare with. */
  torch?: string | undefined;
}

/** Measures one part. */
export type Bench = (options: BenchOptions) => Promise<Section>;

/** A section in Markdown, with when and where. */
export function toMarkdown({ title, about, head, rows }: Section, where: string): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    `### ${title}`,
    "",
    `${where}. ${about}`,
    "",
    line(head),
    line(head.map(() => "---")),
    ...rows.map(line),
  ]
    .join("\n");
}

/** Date, processors, and programs. */
export async function machine(): Promise<string> {
  const text = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const simd = /avx512f/.test(text) ? "AVX-512" : /avx2/.test(text) ? "AVX2" : Deno.build.arch;
  const model = /model name\s*:\s*(.*)/.exec(text)?.[1] ?? Deno.build.os;
  const [load] = Deno.loadavg();
  return `${new Date().toISOString().slice(0, 10)}, ${navigator.hardwareConcurrency} processors ` +
    `(${model}, ${simd}), ONNX Runtime 1.30, Deno ${Deno.version.deno}, load before ${load!.toFixed(1)}`;
}

/** A number with so many digits behind the point; a dash where there is none. */
export function digits(value: number | undefined, count = 3): string {
  return value === undefined || !Number.isFinite(value) ? "–" : value.toFixed(count);
}
