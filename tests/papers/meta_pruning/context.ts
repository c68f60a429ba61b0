import type { Needed, WorkContext } from "../../../lib/experiment/mod.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import type { Runtime } from "../../../lib/runtime/runtime.ts";
import { silent } from "../../../lib/progress.ts";
import type { MetaData } from "../../../lib/papers/meta_pruning/data/data.ts";

/** What a unit has at hand while it works, without an engine of experiments around it. */
export function contextOf(
  { runtime, needs = {}, data, ...rest }:
    & {
      runtime: Runtime;
      needs?: Record<string, Model>; /** In place of what the spec says. */
      data?: MetaData;
    }
    & Partial<Pick<WorkContext, "progress" | "scratch">>,
): WorkContext {
  return {
    runtime: () => Promise.resolve(runtime),
    threads: 1,
    need: <Row>(role: string) =>
      Promise.resolve<Needed<Row>>({ rows: [], product: () => Promise.resolve(needs[role]!.toOnnx()) }),
    shared: <T>(_: string, make: () => Promise<T>) => data ? Promise.resolve(data as T) : make(),
    progress: silent,
    scratch: () => Promise.reject(new Error("nothing is saved on the way")),
    ...rest,
  };
}
