import assert from "node:assert/strict";
import type { Json } from "../../../kernels/jupyter/protocol/wire.ts";
import { STORIES } from "../../lm/stories.ts";
import { startDriver } from "./driver.ts";

const at = (path: string) => new URL(`../../../${path}`, import.meta.url).href;

Deno.test({
  name: "an answer is seen while its cell runs; stop ends it, what came stays, and the model answers on",
  ignore: !STORIES,
  async fn() {
    await using driver = await startDriver();
    const made = await driver.run(`import { openLanguageModel } from "${at("lib/lm/mod.ts")}";
      import { ask } from "${at("kernels/jupyter/mod.ts")}";
      const model = await openLanguageModel(${JSON.stringify(STORIES)});
      // Slow enough to be stopped.
      const slow: typeof model = { ...model, weights: model.weights, graph: model.graph, async steps() {
        const steps = await model.steps();
        return { ...steps, get length() { return steps.length; }, async feed(ids) {
          await new Promise((done) => setTimeout(done, 40));
          return await steps.feed(ids);
        } };
      } };`);
    assert.equal(made.reply.status, "ok", JSON.stringify(made.reply));
    const asking = driver.run(`await ask(slow, "Once upon a time", { maxTokens: 500, loop: false })`);
    const first = await driver.until(({ type }) => type === "display_data");
    const { display_id } = first.content.transient as { display_id: string };
    const grown = await driver.until(({ type, content }) =>
      type === "update_display_data" && String((content.data as Json)["text/plain"]).length > 20
    );
    assert.equal((grown.content.transient as Json).display_id, display_id);
    await driver.ask("control", "interrupt_request");
    const { reply, outputs, late } = await asking;
    assert.equal(reply.ename, "Interrupted", String(reply.evalue));
    const seen = outputs.filter(({ type }) => type === "update_display_data").at(-1)!;
    const { "text/plain": text, "text/html": html } = seen.content.data as Record<string, string>;
    assert.ok(text!.startsWith(String((grown.content.data as Json)["text/plain"])));
    assert.match(html!, /; stopped</);
    assert.deepEqual(late, []);
    const again = await driver.run(`await ask(model, "Once upon a time", { temperature: 0, maxTokens: 3 })`);
    assert.equal(again.reply.status, "ok", JSON.stringify(again.reply));
    assert.match(again.value!, /^3 tokens/);
  },
});
