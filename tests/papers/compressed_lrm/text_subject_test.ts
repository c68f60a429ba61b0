import assert from "node:assert/strict";
import { LESSON_LENGTH } from "../../../lib/papers/compressed_lrm/probe.ts";
import {
  FILES,
  hasStories,
  probeSubject,
  storiesSubject,
  SUBJECTS,
} from "../../../lib/papers/compressed_lrm/text_subject.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { inFolder } from "../../in_folder.ts";

Deno.test("a probe's texts are lessons of which answers count, and none is one to calibrate on", () => {
  const spec = { hidden: 16, layers: 1, neurons: 32, people: 64, steps: 1, seed: 2 };
  const model = mlp({ sizes: [2, 2] });
  const { calibration, texts, ...rest } = probeSubject(model, spec);
  assert.equal(rest.model, model);
  assert.deepEqual([calibration.length, texts.length], [64, 256]);
  for (const { ids, counts } of texts) {
    assert.deepEqual([ids.length, counts!.length], [LESSON_LENGTH, LESSON_LENGTH - 1]);
    assert.ok(counts!.includes(true) && counts!.includes(false));
  }
  const seen = new Set(calibration.map((ids) => ids.join()));
  assert.ok(texts.every(({ ids }) => !seen.has(ids.join())));
  assert.deepEqual(probeSubject(model, spec).texts, texts);
});

Deno.test("each subject has its name and its files, and one that is not there says where it was looked for", async () => {
  assert.deepEqual(Object.keys(FILES), Object.keys(SUBJECTS));
  await inFolder(async (folder) => {
    const before = ["ESPALIER_DATA", "XDG_CACHE_HOME"].map((name) => [name, Deno.env.get(name)] as const);
    try {
      for (const [name] of before) Deno.env.set(name, folder);
      assert.equal(hasStories(), false);
      await assert.rejects(storiesSubject(), { name: "NotFoundError", message: /stories260K/ });
    } finally {
      for (const [name, value] of before) {
        value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
      }
    }
  });
});
