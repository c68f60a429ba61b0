/** The released corpora of AGP, where they are on this machine. */
import assert from "node:assert/strict";
import { countCorpus, retrain } from "../../../lib/papers/agp/corpora.ts";
import { DOMAIN_NAMES } from "../../../lib/papers/agp/domains.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { assertClose } from "../../close.ts";
import { dataFile } from "../../data.ts";

const RELEASE = dataFile("agp/parity_fixtures.json");
const EMBEDDINGS = dataFile("agp-minilm/agp_true_embedding_reference.json");

Deno.test({
  name: "the released corpora have as many records, teams and labels as were counted independently",
  ignore: !RELEASE,
  async fn() {
    const [general, maths, code] = await Promise.all(DOMAIN_NAMES.map(countCorpus));
    assert.deepEqual([general!.records, general!.questions, general!.byPruned], [138, 136, [
      35,
      48,
      33,
      16,
      4,
      1,
      1,
      0,
      0,
      0,
    ]]);
    assert.deepEqual(general!.pruned, [1, 1, 3, 61, 28, 18, 56, 12, 9]);
    assert.deepEqual([maths!.records, maths!.pruned, maths!.allPruned], [94, [9, 34, 1, 5], [85]]);
    assert.deepEqual([code!.records, code!.pruned, code!.allPruned], [140, [1, 6, 16, 10, 44], [81]]);
    assertClose([general!.keepAll, maths!.keepAll, code!.keepAll], [0.848, 0.870, 0.890], {
      absolute: 5e-4,
      relative: 0,
    });
    assert.deepEqual([general!, maths!, code!].map(({ linked }) => linked[0]), [1, 1, 1]);
    assertClose([general!, maths!, code!].map(({ linked }) => linked[1]), [0.313, 0.310, 0.305], {
      absolute: 6e-4,
      relative: 0,
    });
  },
});

Deno.test({
  name:
    "trained anew on the maths corpus, which has a record of nobody, the network stays finite and keeps everybody",
  ignore: !RELEASE,
  async fn() {
    const runtime = await openRuntime({ engine: "native", threads: 1 });
    for (const embeddings of EMBEDDINGS ? ["n-grams", "MiniLM"] as const : ["n-grams"] as const) {
      const { row } = await retrain(
        { domain: "math_reasoning", seed: 4, steps: 40, rate: 0.01, embeddings },
        runtime,
      );
      assert.ok(Number.isFinite(row.finalLoss) && row.finalLoss < 0.8, `loss ${row.finalLoss}`);
      assert.deepEqual([row.prunedShare, row.nodeAccuracy], [0, row.keepAll]);
    }
    await runtime.close();
  },
});
