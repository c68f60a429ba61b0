import { openRuntime } from "../../lib/runtime/engines.ts";
import type { EngineName, Runtime } from "../../lib/runtime/runtime.ts";
import { required } from "../data.ts";
import { tagged } from "../tags.ts";

/** Whether a WebGPU adapter, hardware or software, is there. */
export const hasAdapter: boolean = await findAdapter();

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
    name: tagged(`${name} (${engine})`, ...engine === "webgpu" ? ["gpu" as const] : []),
    ignore: ignore || (engine === "webgpu" && !hasAdapter && !required("webgpu")),
    async fn() {
      if (!open.has(engine)) open.set(engine, openRuntime({ engine }));
      await body(await open.get(engine)!);
    },
  });
}

async function findAdapter(): Promise<boolean> {
  // Without a place for sockets the Vulkan loader prints an error that means nothing.
  if (!Deno.env.has("XDG_RUNTIME_DIR")) Deno.env.set("XDG_RUNTIME_DIR", "/tmp");
  return Boolean(await navigator.gpu?.requestAdapter().catch(() => null));
}
