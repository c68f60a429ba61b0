import assert from "node:assert/strict";
import {
  axSearch,
  type Configuration,
  type ElementId,
  elementsOf,
  emptyConfiguration,
  feedMasks,
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
          "renormalize, removed }, the `configuration` of what axSearch gives, or { ...emptyConfiguration(transformer), removed }",
      });
    }
  }
  assert.throws(
    () => emptyConfiguration(model as never),
    /^TypeError: Cannot make a configuration with a Model as the transformer: expected what transformerOf/,
  );
  assert.throws(
    () => elementsOf(model as never),
    /^TypeError: Cannot list elements with a Model as the trans/,
  );
  assert.throws(() => transformerOf(model, { group: 4 } as never), /option "group": did you mean "groups"\?/);
  const whole = { ...emptyConfiguration(transformerOf(model)), removed };
  assert.deepEqual(keptOf(removeElements(model, whole))![0]!.kept, [0, 2, 3]);
});

Deno.test("What is no list of elements, or no number of attention weights, is refused wherever it is given", async () => {
  const model = await network("our bert");
  const transformer = transformerOf(model, { groups: 6 });
  const hard = configured(["hard-attention.1"]);
  const expected = "expected a whole number from 1, or a list of one for each of 2 layers";
  const wrong: [object, string][] = [
    [{ k: 0 }, `with hard attention of k = 0: ${expected}`],
    [{ k: [] }, `with hard attention of k = []: ${expected}`],
    [{ k: [3] }, `with hard attention of k = [3]: ${expected}`],
    [{ k: [3, 2, 1] }, `with hard attention of k = [3,2,1]: ${expected}`],
    [{ k: [3, -1] }, `with hard attention of k = [3,-1]: ${expected}`],
    [{ k: "3" }, `with hard attention of k = "3": ${expected}`],
    [
      { removed: {} },
      'the elements of an Object: expected removed to be a list, such as ["attention.0.head.3"]',
    ],
    [{ removed: "attention.0" }, 'the elements of the text "attention.0": expected removed to be a list'],
  ];
  const calls: [string, (configuration: Configuration) => unknown][] = [
    ["remove", (configuration) => removeElements(model, configuration)],
    ["mask", (configuration) => maskElements(model, configuration)],
    ["feed", feedMasks(transformer, { hard: [1] }).feeds],
  ];
  for (const [fields, why] of wrong) {
    for (const [verb, call] of calls) {
      assert.throws(
        () => call({ ...hard, ...fields }),
        ({ message }: Error) => message.startsWith(`Cannot ${verb} ${why}`) || assert.fail(message),
      );
    }
  }
  for (const [, call] of calls) call({ ...hard, k: [3, 2] });
  await assert.rejects(
    axSearch(model, { inputs: {}, targets: [] }, { k: [3] }),
    { name: "RangeError", message: `Cannot search with hard attention of k = [3]: ${expected}` },
  );
});
