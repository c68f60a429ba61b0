import type { Section } from "../section.ts";
import { CONTESTANTS } from "./contestants.ts";
import { besideCells, besideHead, type Equivalents } from "./equivalents.ts";
import { bestOnCpu, withInputs } from "./measure.ts";

/** The kernels' twins on the CPU, beside what one would write in NumPy and PyTorch. */
export async function twins(size: number, rounds: number, python: Equivalents | undefined): Promise<Section> {
  const rows: string[][] = [];
  for (const contestant of CONTESTANTS) {
    const { name, equivalent, bytes, run } = contestant;
    const [twin, n] = await withInputs(
      contestant,
      size,
      undefined,
      async (tensors, n) => [await bestOnCpu(() => run(tensors), rounds), n] as const,
    );
    const others = await python?.ask(equivalent, contestant.shapes(size), rounds);
    rows.push([name, ...besideCells(twin, bytes(n) / 1e9, others)]);
  }
  return {
    title: "The twins on the CPU",
    about: `${size.toLocaleString("en")} float32 numbers. The twins run on one thread, as does NumPy; ` +
      (python ? `PyTorch 2.13 on ${navigator.hardwareConcurrency}. ` : "without NumPy and PyTorch. ") +
      "Times are of the quickest round. The last column is the faster one's time by the twin's: above one, the twin is faster.",
    head: ["kernel", ...besideHead("GB/s")],
    rows,
  };
}
