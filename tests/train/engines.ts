import { openRuntime } from "../../lib/runtime/engines.ts";
import type { EngineName, Runtime } from "../../lib/runtime/runtime.ts";
import { required } from "../data.ts";

/** Whether a WebGPU adapter, hardware or software, is there. */
const adapter = await navigator.gpu?.requestAdapter().catch(() => null);

/** One of each engine for all tests of a file. */
const open = new Map<EngineName, Promise<Runtime>>();

/** A test on an engine; on WebGPU it is ignored where there is no adapter, unless that is required. */
export function withEngine(
  name: string,
  engine: EngineName,
  body: (runtime: Runtime) => Promise<void>,
  { ignore = false }: { ignore?: boolean } = {},
): void {
  Deno.test({
    name: `${name} (${engine})`,
    ignore: ignore || (engine === "webgpu" && !adapter && !required("webgpu")),
    async fn() {
      if (!open.has(engine)) open.set(engine, openRuntime({ engine }));
      await body(await open.get(engine)!);
    },
  });
}
