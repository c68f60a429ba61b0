/** `wasm_step.ts <depth> <batch>`: for each line read one training step in WebAssembly, its seconds and the processor's printed. */
import { openWasm } from "../../lib/runtime/wasm.ts";
import { readLines } from "./line_process.ts";
import { type Depth, stepSession } from "./step_session.ts";
import { spent } from "./turns.ts";

const [depth, batch] = Deno.args.map(Number);
const step = await stepSession(await openWasm({ threads: 1 }), { depth: depth as Depth, batch: batch! });
for await (const _ of readLines(Deno.stdin.readable)) {
  const { seconds, processor } = await spent(step);
  console.log(`${seconds} ${processor}`);
}
