/** Starts a kernel, says its process id, gives it a cell that never ends, and waits to be killed. */
import { startKernel } from "../../kernels/jupyter/runner/kernel.ts";
import { kernelspec } from "./kernel.ts";

const kernel = await startKernel(kernelspec, { folder: import.meta.dirname! });
await kernel.execute("console.log(`pid ${Deno.pid}`);", ({ content }) => {
  if (String(content.text).startsWith("pid")) console.log(content.text);
});
await kernel.execute("while (true) {}", () => {});
