import assert from "node:assert/strict";
import { readCheckpoint } from "../../lib/train/checkpoint.ts";
import { withEngine } from "../train/engines.ts";
import { assertSameBytes, work } from "../train/killed.ts";
import { bytesOf, METHODS, run } from "../train/resume_worker.ts";
import { tagged } from "../tags.ts";

// The others keep nothing that these do not keep.
for (const method of ["issP", "issR", "assl"]) {
  Deno.test(tagged(`a run with ${method} killed in both stages goes on bit for bit`, "slow"), async () => {
    const folder = await Deno.makeTempDir();
    try {
      for (const steps of [12, 25, 20]) await work(folder, { steps, milliseconds: 5 }, method);
      const left = (await readCheckpoint(`${folder}/checkpoint`))!;
      assert.ok(left.step > 45 && left.step < 90, `killed at ${left.step}, too late to test anything`);
      await work(folder, undefined, method);
      assertSameBytes(
        await Deno.readFile(`${folder}/result`),
        bytesOf(await run({ sparsify: METHODS[method]!() })),
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

withEngine("a checkpoint of another method, or of none, is refused", "native", async (runtime) => {
  const folder = await Deno.makeTempDir();
  try {
    const checkpoint = `${folder}/checkpoint`;
    await run({ checkpoint, epochs: 16, runtime, sparsify: METHODS.issP!() });
    for (const sparsify of [undefined, { ...METHODS.issP!(), name: "other" }]) {
      await assert.rejects(run({ checkpoint, runtime, ...sparsify && { sparsify } }), /other settings/);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
