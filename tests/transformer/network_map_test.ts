import assert from "node:assert/strict";
import type { ElementId } from "../../lib/transformer/mod.ts";
import { transformerOf } from "../../lib/transformer/mod.ts";
import { networkMap } from "../../lib/transformer/network_map.ts";
import { configured, network } from "./networks.ts";

/** Two layers of 4 heads and 6 groups of neurons. */
const transformer = transformerOf(await network("our bert"), { groups: 6 });

const drawn = (...removed: ElementId[]) => networkMap(transformer, configured(removed));

const crosses = (svg: string) => svg.split(">×<").length - 1;

Deno.test("The map counts in words what goes, one or several, and crosses it out", () => {
  const one = drawn("hard-attention.0", "attention.0.head.1", "feed-forward.1");
  assert.match(one.alt, / 1 part goes by itself, 1 whole block goes, attention is hard in 1 layer$/);
  assert.equal(crosses(one.svg), 1 + 6);
  assert.ok(one.svg.includes(">K 3<"));
  const two = drawn("attention.0.head.1", "attention.1.head.2", "feed-forward.0", "feed-forward.1");
  assert.match(two.alt, / 2 parts go by themselves, 2 whole blocks go, attention is hard in 0 layers$/);
  assert.equal(crosses(two.svg), 2 + 12);
  assert.equal(crosses(drawn().svg), 0);
});

Deno.test("What is no configuration of this transformer is refused, and what it does not have", async () => {
  const whole = configured(["attention.0"]);
  const model = await network("our bert");
  const cases: [() => unknown, RegExp][] = [
    [
      () => networkMap(transformer, { configuration: whole } as never),
      /^TypeError: Cannot draw the elements of a configuration without groups, k, renormalize, removed: expected /,
    ],
    [
      () => networkMap(model as never, whole),
      /^TypeError: Cannot draw with a Model as the transformer: expected what transformerOf\(model\) gives$/,
    ],
    [() => drawn("attention.9"), /^RangeError: Cannot draw "attention.9": the transformer has 2 layers/],
    [() => drawn("nonsense" as ElementId), /^SyntaxError: Cannot read element "nonsense"/],
    [
      () => networkMap(transformer, whole, { marked: ["attention.0.head.4"] }),
      /^RangeError: Cannot mark "attention.0.head.4": the block has 4 parts/,
    ],
    [
      () => networkMap(transformerOf(model), whole),
      /^RangeError: Cannot draw .* of 6 groups: the transformer has 12; give transformerOf\(model, \{ groups: 6 \}\)$/,
    ],
  ];
  for (const [call, message] of cases) assert.throws(call, message);
});
