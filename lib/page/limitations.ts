/** What the page can compute with. */
export interface PageAbilities {
  /** Whether the page is isolated from other origins, and its threads may share memory. */
  isolated: boolean;
  /** Whether the browser gives the page WebGPU, and an adapter. */
  webgpu: boolean;
  /** Processors of the machine, as the browser says. */
  processors: number;
}

/** What the page cannot use here, and what would help, a sentence each. */
export function limitations({ isolated, webgpu, processors }: PageAbilities): string[] {
  return [
    ...!isolated && processors > 1
      ? [
        "WebAssembly runs on one thread: the server of this page does not isolate it from other origins; " +
        "deno task page --serve does.",
      ]
      : [],
    ...webgpu
      ? []
      : ["WebGPU is not timed: this browser has none for this page, or finds no graphics adapter."],
  ];
}
