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
