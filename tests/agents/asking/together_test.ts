import assert from "node:assert/strict";
import { together, withSpent } from "../../../lib/agents/asking/together.ts";
import { ChatFailure } from "../../../lib/chat/failure.ts";
import { totalTokens } from "../../../lib/chat/reply.ts";

const usage = (promptTokens: number) => ({ promptTokens, completionTokens: 0, estimated: false });
const later = () => new Promise((resolve) => setTimeout(resolve, 2));

Deno.test("what is done together comes in its order, or ends when all of it has", async () => {
  const all = await together([1, 2, 3].map(async (tokens) => {
    await later();
    return { usage: usage(tokens) };
  }));
  assert.deepEqual(all.map(({ usage }) => usage.promptTokens), [1, 2, 3]);
  let done = false;
  const slow = async () => {
    await later();
    done = true;
    return { usage: usage(1) };
  };
  await assert.rejects(together([Promise.reject(new TypeError("wrong")), slow()]), /^TypeError: wrong$/);
  assert.ok(done);
});

Deno.test("a budget that ended is told with what all others spent, one error counted once", async () => {
  const [one, other] = [10, 20].map((tokens) => new ChatFailure("budget", "no", { usage: usage(tokens) }));
  const begun = [
    Promise.resolve({ usage: usage(1) }),
    ...[one, one, other].map((error) => Promise.reject(error)),
  ];
  const error = await together(begun).then(() => undefined, (error) => error);
  assert.deepEqual([error.kind, totalTokens(error.usage), error.cause], ["budget", 31, one]);
  const wrong = new TypeError("wrong");
  assert.equal(withSpent(wrong, usage(5)), wrong);
});
