import { type Gpu, openGpu } from "../../kernels/webgpu/core/gpu.ts";
import { required } from "../data.ts";
import { tagged } from "../tags.ts";
import { hasAdapter } from "../train/engines.ts";
import { CASES } from "./cases.ts";

let gpu: Promise<Gpu> | undefined;

for (const { name, run } of CASES) {
  Deno.test({
    name: tagged(name, "gpu"),
    ignore: !hasAdapter && !required("webgpu"),
    fn: async () => await run(await (gpu ??= openGpu())),
  });
}

addEventListener("unload", () => void gpu?.then((open) => open.close()));
