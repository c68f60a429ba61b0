import assert from "node:assert/strict";
import { requireLabelNames } from "../../lib/text/text_set.ts";

Deno.test("a task says the names of its classes, or that it has none", () => {
  const ask = (task: unknown) => () =>
    requireLabelNames("learn from", task as { labels: string[] }, "{ labels }");
  for (const labels of [[], ["no", "yes"]]) ask({ labels })();
  assert.throws(ask({}), {
    name: "TypeError",
    message:
      "Cannot learn from texts with labels nothing: expected a list of the classes' names, or [] where a " +
      "text has a score",
  });
  assert.throws(ask({ labels: 2 }), /with labels 2: expected a list/);
  assert.throws(ask("sst2"), /Cannot learn from the text "sst2": expected \{ labels \}, as await glue/);
  assert.throws(
    ask(Promise.resolve({ labels: [] })),
    /from a promise, which has to be awaited first: expected/,
  );
});
