/** The released networks, corpora and weights of AGP, where they are on this machine. */
import assert from "node:assert/strict";
import { checkParity, countCorpus, retrain } from "../../../lib/papers/agp/corpora.ts";
import { DOMAIN_NAMES, DOMAINS } from "../../../lib/papers/agp/domains.ts";
import { releasedModel } from "../../../lib/papers/agp/files.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose } from "../../close.ts";
import { dataFile } from "../../data.ts";

const RELEASE = dataFile("agp/parity_fixtures.json");
const EMBEDDINGS = dataFile("agp-minilm/agp_true_embedding_reference.json");

Deno.test({
  name: "released networks: forward, loss, gradients, a step of Adam and true texts as PyTorch has them",
  ignore: !RELEASE || !EMBEDDINGS,
  async fn() {
    const runtime = await openRuntime({ engine: "native", threads: 1 });
    const truth = JSON.parse(await Deno.readTextFile(EMBEDDINGS!));
    for (const domain of DOMAIN_NAMES) {
      const row = await checkParity(domain, runtime);
      assert.ok(row.forward < 1e-7 && row.loss < 1e-7 && row.step < 1e-7, JSON.stringify(row));
      assert.ok(row.gradient < 1e-5, `gradients of ${domain}: ${row.gradient}`);
      // The reference has six digits after the point, and five.
      assert.ok(row.endToEnd < 6e-7, `record 0 of ${domain}: ${row.endToEnd}`);
      const { keep_min, keep_max, node_accuracy, pruned_fraction, edge_std_over_queries_mean } =
        truth[domain];
      assertClose(
        [...row.keep, row.nodeAccuracy, row.prunedShare],
        [keep_min, keep_max, node_accuracy, pruned_fraction],
        { absolute: 6e-6, relative: 0 },
      );
      assert.ok(Math.abs(row.linkDeviation - edge_std_over_queries_mean) < 3e-4);
      // Float32 keeps what it can: the maths network's links are differences of nearly equal numbers.
      assert.ok(row.forward32 < (domain === "general_reasoning" ? 1e-5 : 1e-3));
    }
    await runtime.close();
  },
});

Deno.test({
  name: "released weights are read from their .pth as they stand in plain numbers",
  ignore: !RELEASE,
  async fn() {
    for (const domain of DOMAIN_NAMES) {
      const model = await releasedModel(domain);
      const path = dataFile(`agp/weights_${domain}.json`)!;
      const plain = JSON.parse(await Deno.readTextFile(path)) as Record<
        string,
        { shape: number[]; data: number[] }
      >;
      assert.equal(Object.keys(plain).length, 12);
      for (const [name, { shape, data }] of Object.entries(plain)) {
        const tensor = model.graph.initializers.get(name) as Tensor;
        assert.deepEqual([tensor.dims, tensor.data], [shape, Float32Array.from(data)]);
      }
    }
  },
});

Deno.test({
  name: "role graphs are those of the reference",
  ignore: !RELEASE,
  async fn() {
    const fixtures = JSON.parse(await Deno.readTextFile(RELEASE!));
    for (const domain of DOMAIN_NAMES) {
      assert.deepEqual(DOMAINS[domain].roleGraph, fixtures[domain].role_adjacency);
    }
  },
});

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
