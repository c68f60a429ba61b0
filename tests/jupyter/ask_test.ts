import assert from "node:assert/strict";
import { ask } from "../../kernels/jupyter/ask.ts";
import { generateText } from "../../lib/lm/generate.ts";
import { openStories, STORIES } from "../lm/stories.ts";

type Shown = { bundle: Record<string, string>; id: string; update: boolean };

/** A notebook that remembers what it was shown. */
function notebook() {
  const calls: Shown[] = [];
  return {
    calls,
    display(value: unknown, { display_id, update }: { display_id?: string; update?: boolean } = {}) {
      calls.push({ bundle: value as Record<string, string>, id: display_id!, update: update! });
      return Promise.resolve();
    },
  };
}

Deno.test({
  name: "ask: the answer grows in one place, at most ten times a second, and is what generateText gives",
  ignore: !STORIES,
  async fn() {
    await using model = await openStories();
    const kernel = notebook();
    let now = 0;
    const settings = { seed: 4, maxTokens: 30, loop: false } as const;
    const answer = await ask(model, "Once <b>", settings, { kernel, now: () => now += 50 });
    const chat = [{ role: "user", content: "Once <b>" }];
    assert.deepEqual({ ...answer }, await generateText(model, chat, settings));
    const texts = kernel.calls.map(({ bundle }) => bundle["text/plain"]!);
    assert.ok(texts.length > 3 && texts.length <= 17, `${texts.length}`);
    texts.slice(1).forEach((text, i) => assert.ok(text.startsWith(texts[i]!), `${texts[i]} → ${text}`));
    assert.equal(texts.at(-1), answer.text);
    assert.deepEqual(kernel.calls.map(({ update }) => update), [
      false,
      ...Array(texts.length - 1).fill(true),
    ]);
    assert.equal(new Set(kernel.calls.map(({ id }) => id)).size, 1);
    assert.match(kernel.calls.at(-1)!.bundle["text/html"]!, /30 tokens, .* a second; cut at its most tokens/);
    const own = answer as unknown as Record<symbol, () => Record<string, string>>;
    assert.match(own[Symbol.for("Jupyter.display")]!()["text/plain"]!, /^30 tokens/);
  },
});

Deno.test({
  name: "ask: a stopped answer keeps what came, and says that it was stopped",
  ignore: !STORIES,
  async fn() {
    await using model = await openStories();
    const kernel = notebook();
    const controller = new AbortController();
    let now = 0;
    const asked = ask(model, [1], { loop: false, temperature: 0, signal: controller.signal }, {
      kernel: {
        async display(...shown) {
          await kernel.display(...shown);
          if (kernel.calls.length === 3) controller.abort();
        },
      },
      now: () => now += 1000,
    });
    const { text, stopReason, ids } = await asked;
    assert.deepEqual([stopReason, ids.length], ["aborted", 3]);
    assert.equal(kernel.calls.at(-1)!.bundle["text/plain"], text);
    assert.match(kernel.calls.at(-1)!.bundle["text/html"]!, /3 tokens, .*; stopped/);
  },
});
