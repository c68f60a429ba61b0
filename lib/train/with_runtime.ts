import { openRuntime } from "../runtime/engines.ts";
import { requireRuntime } from "../runtime/require_runtime.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Does something with the runtime given, or with one opened and closed for the purpose. */
export async function withRuntime<T>(
  given: Runtime | undefined,
  use: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  if (given) {
    requireRuntime(given);
    return await use(given);
  }
  const runtime = await openRuntime();
  try {
    return await use(runtime);
  } finally {
    await runtime.close();
  }
}
