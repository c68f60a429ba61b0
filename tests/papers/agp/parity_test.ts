/** The released networks, corpora and weights of AGP, where they are on this machine. */
import assert from "node:assert/strict";
import { checkParity } from "../../../lib/papers/agp/corpora.ts";
import { releasedNetwork } from "../../../lib/agents/networks/released.ts";
import { DOMAIN_NAMES, DOMAINS } from "../../../lib/papers/agp/domains.ts";
import { formulaInput, networkNumbers } from "../../../lib/papers/agp/parity.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import type { Runtime } from "../../../lib/runtime/runtime.ts";
import { counted } from "../../compress/counted_runtime.ts";
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

Deno.test("no session stays open where a step of training cannot be computed", async () => {
  const { runtime, count } = await counted();
  const { roles, roleGraph } = DOMAINS.math_reasoning;
  const agents = roles.length;
  const lost: Runtime = {
    ...runtime,
    async session(...given) {
      const session = await runtime.session(...given);
      return given[1]?.carry ? { ...session, setState: () => Promise.reject(new Error("lost")) } : session;
    },
  };
  const label = {
    keep: new Array<number>(agents).fill(1),
    links: Array.from({ length: agents }, () => new Array<number>(agents).fill(1)),
  };
  await assert.rejects(
    networkNumbers(releasedNetwork({ roleGraph }), formulaInput(agents), label, lost),
    /lost/,
  );
  assert.deepEqual([count.sessions, count.open], [2, 0]);
  await runtime.close();
});
