import assert from "node:assert/strict";
import { ngramEmbedder } from "../../lib/agents/embedders.ts";
import { checkLearnedPool, withLearnedPool } from "../../lib/agents/learned_pool.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";

const pool = (...roles: string[]) => roles.map((role) => ({ role, persona: "" }));

/** Reads what a network for two agents with embeddings of four values reads. */
function network() {
  const g = new GraphBuilder("network");
  g.output(g.relu(g.input("input", "float32", ["N", 2, 8])), "y");
  return g.model();
}

Deno.test("a model's file tells its pool, in its order; another pool is refused by name", () => {
  const model = decodeModel(withLearnedPool(network(), pool("Ann", "Bob")).toOnnx());
  const embedder = ngramEmbedder(4);
  checkLearnedPool({ pool: pool("Ann", "Bob"), model, embedder });
  for (const other of [pool("Bob", "Ann"), pool("Ann"), pool("Ann", "Bob", "Cid")]) {
    assert.throws(() => checkLearnedPool({ pool: other, model, embedder }), /\(Ann, Bob\)/);
  }
});

Deno.test("a model without names is told by its number of agents and values", () => {
  const model = network();
  checkLearnedPool({ pool: pool("X", "Y"), model, embedder: ngramEmbedder(4) });
  assert.throws(
    () => checkLearnedPool({ pool: pool("X"), model, embedder: ngramEmbedder(4) }),
    /\(2 agents\)/,
  );
  assert.throws(
    () => checkLearnedPool({ pool: pool("X", "Y"), model, embedder: ngramEmbedder(8) }),
    /expected embeddings of 4 values/,
  );
});
