import assert from "node:assert/strict";
import {
  type Configuration,
  type ElementId,
  emptyConfiguration,
  keptOf,
  maskElements,
  removeElements,
  transformerOf,
} from "../../lib/transformer/mod.ts";
import { configured, network } from "./networks.ts";

Deno.test("A configuration that is not complete is told what it lacks, masked or removed", async () => {
  const model = await network("our bert");
  const { groups, k, renormalize } = configured([]);
  const removed: ElementId[] = ["attention.0.head.1"];
  for (
    const [part, lacks] of [
      [{ removed }, "groups, k, renormalize"],
      [{ groups, renormalize, removed }, "k"],
      [{ groups, k, renormalize }, "removed"],
      [undefined, "groups, k, renormalize, removed"],
    ] as const
  ) {
    for (const [verb, apply] of [["remove", removeElements], ["mask", maskElements]] as const) {
      assert.throws(() => apply(model, part as unknown as Configuration), {
        name: "TypeError",
        message: `Cannot ${verb} the elements of a configuration without ${lacks}: expected { groups, k, ` +
          "renormalize, removed } as axSearch gives it, or { ...emptyConfiguration(transformer), removed }",
      });
    }
  }
  const whole = { ...emptyConfiguration(transformerOf(model)), removed };
  assert.deepEqual(keptOf(removeElements(model, whole))![0]!.kept, [0, 2, 3]);
});
