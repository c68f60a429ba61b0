/** What Node runs of the cases, bundled: prints a JSON object of the adapter and of what each case threw. */
import { openGpu } from "../../kernels/webgpu/core/gpu.ts";
import { importanceCases } from "./cases/importance.ts";

/** The kernels are the same everywhere, it is the device that is tried. */
const EVERY = 6;

const gpu = await openGpu();
// Older Nodes have no Float16Array to make half floats with.
const cases = importanceCases.filter(({ name }, i) => i % EVERY === 0 && !name.includes("float16"));
const thrown: Record<string, string | null> = {};
for (const { name, run } of cases) {
  thrown[name] = await run(gpu).then(() => null, (error) => error.stack ?? String(error));
}
console.log(JSON.stringify({ adapter: gpu.name, thrown }));
gpu.close();
