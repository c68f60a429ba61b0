/** The test of a file is found under its name. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { codeOf } from "../files_in.ts";
import { filesIn, ROOT } from "./tree.ts";

/** Folders whose files each have a test under their name, or one for their family under the folder's. */
const HELD = [
  "lib/agents",
  "lib/bundle",
  "lib/chat",
  "lib/cli",
  "lib/compress",
  "lib/ctr",
  "lib/data",
  "lib/distillation",
  "lib/drawings",
  "lib/evaluation",
  "lib/experiment",
  "lib/files",
  "lib/formats",
  "lib/interpretation",
  "lib/io",
  "lib/lm",
  "lib/metagraph",
  "lib/metanet",
  "lib/nn",
  "lib/onnx",
  "lib/page",
  "lib/papers",
  "lib/plot",
  "lib/prune",
  "lib/questions",
  "lib/runtime",
  "lib/sparse",
  "lib/statistics",
  "lib/superres",
  "lib/tensor",
  "lib/text",
  "lib/train",
  "lib/transformer",
];

/** What shows only in a run from end to end, by the test that makes such a run. */
const FROM_END_TO_END: Readonly<Record<string, readonly string[]>> = {
  // A conversation with a model.
  "tests/agents/asking/ask_team_test.ts": ["lib/agents/asking/take_turn.ts"],
  // Trainings, and files that come from other programs.
  "tests/ctr/train_rows_test.ts": ["lib/ctr/row_step.ts", "lib/ctr/train_ctr.ts"],
  "tests/ctr/logs/prepare_log_test.ts": ["lib/ctr/logs/log_source.ts"],
  "tests/nn/swinir_test.ts": ["lib/nn/window_attention.ts"],
  "tests/onnx/codec/decode_test.ts": ["lib/onnx/codec/unknown_fields.ts"],
  // Processes and threads, which end with the test that starts them.
  "tests/data/images/image_stream_test.ts": [
    "lib/data/images/image_worker.ts",
    "lib/data/images/image_worker_pool.ts",
  ],
  "tests/data/packaged_models_test.ts": ["lib/data/package_index.ts"],
  "tests/questions/python/run_python_test.ts": [
    "lib/questions/python/child.ts",
    "lib/questions/python/process.ts",
    "lib/questions/python/snapshot.ts",
  ],
  "tests/experiment/run_test.ts": [
    "lib/experiment/executors/here.ts",
    "lib/experiment/executors/pause.ts",
    "lib/experiment/executors/watch_parent.ts",
    "lib/experiment/executors/worker.ts",
    "lib/experiment/executors/worker_process.ts",
    "lib/experiment/plan.ts",
    "lib/experiment/results.ts",
  ],
  "tests/experiment/executors/ray_test.ts": [
    "lib/experiment/executors/ray_bridge.ts",
    "lib/experiment/executors/ray_head.ts",
  ],
  "tests/experiment/executors/slurm_test.ts": [
    "lib/experiment/executors/slurm_worker.ts",
    "lib/experiment/executors/watch_pulse.ts",
  ],
  // Sessions over a whole model.
  "tests/metagraph/published_layout_test.ts": [
    "lib/metagraph/build_meta_graph.ts",
    "lib/metagraph/trace.ts",
  ],
  "tests/metanet/metanetwork_test.ts": ["lib/metanet/metanetwork_pieces.ts"],
  "tests/metanet/run_by_blocks_test.ts": ["lib/metanet/piece_models.ts", "lib/metanet/piece_sessions.ts"],
  "tests/compress/one_shot_test.ts": [
    "lib/compress/calibrate/stream.ts",
    "lib/compress/calibration.ts",
    "lib/compress/compress.ts",
    "lib/compress/compress_layer.ts",
  ],
  "tests/lm/compress_test.ts": ["lib/lm/allocate_types.ts", "lib/lm/compress_language_model.ts"],
  "tests/lm/generate_test.ts": ["lib/lm/language_model.ts"],
  "tests/lm/write_test.ts": [
    "lib/lm/importance.ts",
    "lib/lm/read/from_llama2c.ts",
    "lib/lm/read/load_decoder.ts",
  ],
  "tests/lm/folder_test.ts": ["lib/lm/read/from_hugging_face.ts", "lib/lm/vocabulary_for.ts"],
  "tests/lm/onnx_test.ts": ["lib/lm/graphs.ts", "lib/lm/read/from_onnx.ts"],
  // Experiments of papers, in small, and their published tables, all by one rule.
  "tests/papers/axformer/experiment_test.ts": [
    "lib/papers/axformer/planted.ts",
    "lib/papers/axformer/search_and_test.ts",
    "lib/papers/axformer/speed.ts",
    "lib/papers/axformer/words.ts",
  ],
  "tests/papers/compressed_lrm/claims_test.ts": [
    "lib/papers/compressed_lrm/matrices/attribution_claims.ts",
    "lib/papers/compressed_lrm/matrices/protection_claims.ts",
    "lib/papers/compressed_lrm/text_claims.ts",
  ],
  "tests/papers/compressed_lrm/experiment_test.ts": [
    "lib/papers/compressed_lrm/allocation.ts",
    "lib/papers/compressed_lrm/answer.ts",
    "lib/papers/compressed_lrm/asked.ts",
    "lib/papers/compressed_lrm/compressed_model.ts",
    "lib/papers/compressed_lrm/evidence.ts",
    "lib/papers/compressed_lrm/matrices/attributed.ts",
    "lib/papers/compressed_lrm/perplexity.ts",
    "lib/papers/compressed_lrm/probe.ts",
    "lib/papers/compressed_lrm/matrices/sensitivity.ts",
  ],
  "tests/papers/iss_p/experiment_test.ts": [
    "lib/papers/iss_p/latency.ts",
    "lib/papers/iss_p/layer_latency.ts",
  ],
  "tests/papers/meta_pruning/experiment_test.ts": [
    "lib/papers/meta_pruning/data_set_units.ts",
    "lib/papers/meta_pruning/figures.ts",
    "lib/papers/meta_pruning/kinds/choice.ts",
    "lib/papers/meta_pruning/kinds/close_look.ts",
    "lib/papers/meta_pruning/kinds/curve.ts",
    "lib/papers/meta_pruning/kinds/meta_training.ts",
    "lib/papers/meta_pruning/kinds/network.ts",
    "lib/papers/meta_pruning/kinds/prepared.ts",
    "lib/papers/meta_pruning/kinds/retrained.ts",
    "lib/papers/meta_pruning/measurements.ts",
    "lib/papers/meta_pruning/setup.ts",
    "lib/papers/meta_pruning/variant_units.ts",
  ],
  "tests/papers/opt_embed/experiment_test.ts": [
    "lib/papers/opt_embed/evidence.ts",
    "lib/papers/opt_embed/figures.ts",
    "lib/papers/opt_embed/methods.ts",
    "lib/papers/opt_embed/run.ts",
    "lib/papers/opt_embed/searches.ts",
  ],
  "tests/papers/published_test.ts": ["lib/papers/axformer/published.ts", "lib/papers/iss_p/published.ts"],
  // The page in a browser, and the engine on a GPU.
  "tests/page/page_test.ts": [
    "lib/page/dom/buttons.ts",
    "lib/page/dom/dom.ts",
    "lib/page/dom/dropped_files.ts",
    "lib/page/dom/long_work.ts",
    "lib/page/dom/network_rows.ts",
    "lib/page/worker.ts",
  ],
};

const isThere = (path: string): boolean => existsSync(new URL(path, ROOT));

/** The test of a file: under its own name, or under that of a folder around it that is not a field's own. */
function testOf(path: string): string | undefined {
  let name = path.replace(/^lib/, "tests").replace(/\.ts$/, "");
  do {
    if (isThere(`${name}_test.ts`)) return `${name}_test.ts`;
    name = name.replace(/\/[^/]*$/, "");
  } while (name.split("/").length > 2);
  return undefined;
}

/** Whether there is anything to test: types, tables of constants and doors have no function. */
function computes(path: string): boolean {
  return !/\/(mod|deps)\.ts$/.test(path) &&
    /\bfunction\b|=> /.test(codeOf(path).replaceAll(/\([^()]*\) => \w[\w<>[\], |]*;/g, ""));
}

/** The files directly in a folder. */
const filesOf = (folder: string): string[] =>
  [...filesIn(folder, ".ts")].filter((path) => path.split("/").length === folder.split("/").length + 1);

Deno.test("the test of a file is found under its name, or is one of few that run it from end to end", () => {
  const elsewhere = new Map(
    Object.entries(FROM_END_TO_END).flatMap(([test, files]) => files.map((file) => [file, test] as const)),
  );
  const files = [...HELD.flatMap((folder) => [...filesIn(folder, ".ts")]), ...filesOf("lib")].filter(
    computes,
  );
  assert.ok(files.length > 250, `only ${files.length} files were found`);
  // Criteria are tried by their table.
  const without = files.filter((path) =>
    !testOf(path) && !elsewhere.has(path) && !/^lib\/prune\/(criteria\/|rows\/row\.ts)/.test(path)
  );
  assert.deepEqual(without, [], "give each a test of its own");
  for (const [file, test] of elsewhere) {
    assert.ok(isThere(file) && isThere(test), `${file} or ${test} is not there`);
    assert.equal(testOf(file), undefined, `${file} has a test of its own: take it off the list`);
  }
});
