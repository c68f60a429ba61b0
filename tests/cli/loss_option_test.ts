import assert from "node:assert/strict";
import { lossOf, lossOption } from "../../lib/cli/loss_option.ts";
import { UsageError } from "../../lib/cli/command.ts";
import {
  binaryCrossEntropy,
  crossEntropy,
  meanAbsoluteError,
  meanSquaredError,
} from "../../lib/train/losses.ts";

Deno.test("each name that the option tells is a loss of the library, and no other is", () => {
  const losses = {
    "cross-entropy": crossEntropy,
    "binary-cross-entropy": binaryCrossEntropy,
    "squared-error": meanSquaredError,
    "absolute-error": meanAbsoluteError,
  };
  const { about } = lossOption("what is minimised");
  for (const [name, loss] of Object.entries(losses)) {
    assert.equal(lossOf({ loss: name })!.name, loss().name);
    assert.match(about, new RegExp(`(?<![-\\w])${name}(?![-\\w])`));
  }
  assert.equal(lossOf({}), undefined);
  assert.throws(() => lossOf({ loss: "hinge" }), UsageError);
});
