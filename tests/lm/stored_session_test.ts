import assert from "node:assert/strict";
import { languageModel, openLanguageModel } from "../../lib/lm/language_model.ts";
import { readDecoder } from "../../lib/lm/read/load_decoder.ts";
import { writeLanguageModel } from "../../lib/lm/write/write_language_model.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { STORIES } from "./stories.ts";

Deno.test({
  name:
    "stored session: the files that the engine is given are gone when it has them, also where it refuses them",
  ignore: !STORIES || Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    const before = Deno.env.get("TMPDIR");
    try {
      const path = `${folder}/m.gguf`;
      await writeLanguageModel(path, await readDecoder(STORIES!), { mix: "Q8_0" });
      const own = `${folder}/own`;
      await Deno.mkdir(own);
      Deno.env.set("TMPDIR", own);
      // The engine leaves files of its own there.
      const left = () =>
        [...Deno.readDirSync(own)].map(({ name }) => name).filter((name) => name.startsWith("espalier-"));
      await using model = await openLanguageModel(path, { packed: true });
      const first = await model.logits([1, 2, 3]);
      assert.deepEqual(left(), []);
      assert.deepEqual(await model.logits([1, 2, 3]), first);
      const runtime = await openRuntime({ engine: "native" });
      const seen: string[][] = [];
      const refusing = {
        ...runtime,
        session: () => (seen.push(left()), Promise.reject(new Error("no memory"))),
      };
      const other = languageModel(model.weights, { vocabulary: model.vocabulary, runtime: refusing });
      await assert.rejects(other.logits([1]), /no memory/);
      assert.deepEqual([seen[0]!.length, left()], [1, []]);
      await runtime.close();
    } finally {
      if (before === undefined) Deno.env.delete("TMPDIR");
      else Deno.env.set("TMPDIR", before);
      await Deno.remove(folder, { recursive: true });
    }
  },
});
