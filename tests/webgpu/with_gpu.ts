import { type Gpu, openGpu } from "../../kernels/webgpu/core/gpu.ts";
import { required } from "../data.ts";
import { tagged } from "../tags.ts";
import { hasAdapter } from "../train/engines.ts";

/** A test with a GPU of its own; ignored where there is no adapter, unless that is required. */
export function withGpu(name: string, body: (gpu: Gpu) => Promise<void>): void {
  Deno.test({
    name: tagged(name, "gpu"),
    ignore: !hasAdapter && !required("webgpu"),
    async fn() {
      const gpu = await openGpu();
      try {
        await body(gpu);
      } finally {
        gpu.close();
      }
    },
  });
}
