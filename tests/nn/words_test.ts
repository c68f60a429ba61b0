import assert from "node:assert/strict";
import * as nn from "../../lib/nn/mod.ts";

const DECODER = { vocabulary: 9, context: 8, layers: 1, hidden: 8, heads: 2, neurons: 8 };
const ENCODER = { head: "spans", pooling: "avg", activation: "silu", weights: "ones" };

/** Networks, what they cannot do without, and a word for each option that none of its words is. */
const NETWORKS: readonly [keyof typeof nn, object, Readonly<Record<string, string>>][] = [
  ["bert", {}, ENCODER],
  ["distilbert", {}, ENCODER],
  ["decoder", DECODER, { weights: "zero" }],
  ["vit", {}, { weights: "zero" }],
  ["resnetImagenet", {}, { weights: "toString" }],
  ["resnetCifar", {}, { shortcut: "C" }],
  ["vggBn", {}, { ending: "mean" }],
  ["edsr", {}, { variant: "toString" }],
  ["mlp", { sizes: [2, 2, 2] }, { activation: "constructor" }],
];

Deno.test("a word that an option does not know is an error with the words that it knows, in every network", () => {
  for (const [name, least, words] of NETWORKS) {
    const build = nn[name] as (options: object) => unknown;
    for (const [option, word] of Object.entries(words)) {
      assert.throws(
        () => build({ ...least, [option]: word }),
        (error: Error) =>
          error instanceof RangeError && error.message.startsWith("Cannot build ") &&
          error.message.includes(`"${word}"`) && /expected .*"\w+" or "\w+"/.test(error.message),
        `${name} with ${option} ${word}`,
      );
    }
  }
});
