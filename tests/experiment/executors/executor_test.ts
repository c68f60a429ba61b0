import assert from "node:assert/strict";
import { ATTEMPTS, gaveUp } from "../../../lib/experiment/executors/executor.ts";
import type { Job } from "../../../lib/experiment/job.ts";

Deno.test("who gives a job up says how its worker ended: in a line, and in full behind it", () => {
  const job = { name: "n", label: "the square of 3", spec: { value: 3 } } as Job;
  const { name, error, stack, spec } = gaveUp(job, "signal SIGKILL\nlast words");
  assert.deepEqual([name, spec], ["n", { value: 3 }]);
  assert.match(
    error,
    new RegExp(`^Cannot finish the square of 3: .* ${ATTEMPTS} times .*\\(signal SIGKILL\\)$`),
  );
  assert.equal(stack, `${error}\nsignal SIGKILL\nlast words`);
});
