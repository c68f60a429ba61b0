import assert from "node:assert/strict";
import { keptSearch } from "../../../lib/papers/axformer/kept_search.ts";
import { type Progress, silent } from "../../../lib/progress.ts";
import { defaultRuntime } from "../../../lib/runtime/run_model.ts";
import { axSearch, BETTER } from "../../../lib/transformer/mod.ts";
import { inFolder } from "../../in_folder.ts";
import { encoder, examples } from "../../transformer/search/small_encoder.ts";

const rule = { ...BETTER, sweeps: 1, restore: false };

Deno.test("a search that was stopped goes on where it was, and finds what one in a piece finds", async () => {
  await inFolder(async (folder) => {
    const [model, data, runtime] = [encoder(), await examples(24), await defaultRuntime()];
    const whole = await axSearch(model, data, { rule, runtime });
    const said: string[] = [];
    const search = (end: number) =>
      keptSearch(model, data, {
        rule,
        runtime,
        path: `${folder}/search.json`,
        steps: 5,
        progress: {
          ...silent,
          start: (title, total) => void said.push(`${title} ${total}`),
          step(done, note) {
            assert.ok(done < 5, "the end is not known");
            said.push(note!);
            if (said.length > end) throw new Error("stopped");
          },
        },
      });

    await assert.rejects(search(7), { message: "stopped" });
    const { configuration, trace } = await search(Infinity);
    assert.deepEqual(trace, whole.trace);
    assert.deepEqual(configuration, whole.configuration);
    const [first, ...steps] = said.filter((line) => line !== "Searching 5");
    assert.equal(1 + steps.length, trace.steps.length, "nothing was tried twice");
    const { action, element, loss } = trace.steps[0]!;
    assert.equal(
      first,
      `${action} ${element}: loss ${loss?.toFixed(3) ?? "too high"}, ${trace.reference.toFixed(3)} at first`,
    );
  });
});

Deno.test("a trace of other losses is no beginning: the search starts anew, and says no less", async () => {
  await inFolder(async (folder) => {
    const [model, data, runtime] = [encoder(), await examples(24), await defaultRuntime()];
    const said: string[] = [];
    const progress: Progress = { ...silent, step: (_, note) => void said.push(note!) };
    const options = { rule, runtime, path: `${folder}/search.json`, steps: 99, progress };
    await keptSearch(model, data, options);
    said.length = 0;
    const others = await examples(24, 1);
    const { trace } = await keptSearch(model, others, options);
    assert.deepEqual(trace, (await axSearch(model, others, { rule, runtime })).trace);
    assert.equal(said[0], "begins anew, as the trace that was kept is another search's");
    assert.equal(said.length, 1 + trace.steps.length);
  });
});

Deno.test("an error that is not the trace's ends the search, and what was kept stays", async () => {
  await inFolder(async (folder) => {
    const [model, data, runtime] = [encoder(), await examples(24), await defaultRuntime()];
    const path = `${folder}/search.json`;
    const search = (most: number) => {
      let count = 0;
      const step = () => {
        if (++count > most) throw new TypeError("a bar that cannot be drawn");
      };
      return keptSearch(model, data, { rule, runtime, path, steps: 99, progress: { ...silent, step } });
    };
    await assert.rejects(search(4), { message: "a bar that cannot be drawn" });
    await assert.rejects(search(2), { message: "a bar that cannot be drawn" });
    assert.equal(JSON.parse(await Deno.readTextFile(path)).steps.length, 5 + 3);
  });
});
