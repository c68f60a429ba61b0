import assert from "node:assert/strict";
import { countMacs, inferShapes, mlp, planPruning, prune } from "../../../mod.ts";
import { parseNotebook } from "../../../kernels/jupyter/runner/notebook.ts";
import { injectParameters } from "../../../kernels/jupyter/runner/parameters.ts";
import { CALL, checkCalls, isSettled, outcomeOf, type RecordedCall } from "../../../lib/chat/recording.ts";
import { requestHash } from "../../../lib/chat/request.ts";
import { parseManifest, requireReplaceable } from "../../../lib/ctr/logs/prepared_folder.ts";
import { parseRecord } from "../../../lib/experiment/store/record.ts";
import { sealJson } from "../../../lib/files/checksum.ts";
import { parseJsonLines } from "../../../lib/files/json_lines.ts";
import { encodeSafetensors } from "../../../lib/formats/safetensors.ts";
import { createMetanetwork, loadMetanetwork } from "../../../lib/metanet/mod.ts";
import { encodeMetanetwork } from "../../../lib/metanet/metanetwork_file.ts";
import { decodeModel } from "../../../lib/onnx/codec/decode.ts";
import { encodeModel } from "../../../lib/onnx/codec/encode.ts";
import { decodeSparse } from "../../../lib/sparse/pack/load_sparse.ts";
import { encodeSparse } from "../../../lib/sparse/pack/save_sparse.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { decodeTrainingCheckpoint } from "../../../lib/train/checkpoint.ts";
import { TOY_RECORD } from "../../experiment/toy_record.ts";
import { damageJson, damageJsonLine, damageSafetensors } from "../mutate_json.ts";
import { damageProtobuf } from "../mutate_protobuf.ts";
import { NAMED, SENTENCE, type Target } from "../target.ts";
import { decoded, encoded, manyFieldsOnnx, residualOnnx, rightSeal } from "./seeds.ts";

/** What is read is written, and read again as the same. */
function thereAndBack(bytes: Uint8Array, name: string): unknown {
  const model = decodeModel(bytes, { file: name });
  assert.deepEqual(decodeModel(encodeModel(model)), model);
  return model;
}

/** From bytes to a pruned model's bytes. */
function pipeline(bytes: Uint8Array, name: string): unknown {
  const model = decodeModel(bytes, { file: name });
  const whole = inferShapes(model, {});
  countMacs(whole);
  const smaller = prune(whole, planPruning(whole, { target: { parameters: 0.7 }, criterion: "l1" }));
  return decodeModel(smaller.toOnnx());
}

function checkpointSeed(): Uint8Array {
  const record = {
    fingerprint: "f",
    step: 12,
    running: { loss: 1.5, examples: 64 },
    unseen: { loss: 0.25, steps: 2 },
    rates: [[0, 0.1]],
    history: [{ epoch: 1, step: 6, rate: 0.1, loss: 0.7 }],
  };
  const metadata = { format: "espalier training checkpoint 1", record: JSON.stringify(record) };
  const w = new Tensor("float32", new Float32Array(24), [4, 6]);
  return encodeSafetensors({ "state/w": w, "sparse/m": w }, { metadata, checksum: true });
}

const NOTEBOOK = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: "espalier", display_name: "Espalier", language: "typescript" } },
  cells: [
    { cell_type: "markdown", id: "a", metadata: {}, source: ["# A\n", "text"] },
    {
      cell_type: "code",
      id: "b",
      metadata: { tags: ["parameters"] },
      source: "const width = 4;",
      execution_count: 1,
      outputs: [
        { output_type: "stream", name: "stdout", text: ["4\n"] },
        { output_type: "display_data", data: { "text/plain": "a" }, metadata: {} },
        { output_type: "error", ename: "E", evalue: "v", traceback: ["t"] },
      ],
    },
  ],
};

/** A notebook is read and set up for a run. */
function useNotebook(bytes: Uint8Array, name: string): unknown {
  const notebook = injectParameters(parseNotebook(decoded(bytes), name), { width: 8 });
  return JSON.stringify(notebook).length;
}

const MANIFEST = {
  fingerprint: JSON.stringify({ format: "one", files: [{ path: "a", size: 1 }] }),
  log: {
    folder: "f",
    fields: [{ name: "a", size: 3 }],
    rows: { train: 8, validation: 1, test: 1 },
    vocabularies: "v",
  },
};

/** A log's manifest is read and compared with that of another run. */
function useManifest(bytes: Uint8Array, name: string): unknown {
  const known = parseManifest(decoded(bytes), name);
  requireReplaceable(name, { known, begun: undefined, fingerprint: "{}", replace: true });
  try {
    requireReplaceable(name, { known, begun: undefined, fingerprint: '{"format":"two"}', replace: false });
  } catch (error) {
    assert.match((error as Error).message, /^Cannot prepare a log in fuzzed file: it holds one/);
  }
  return known;
}

const request = {
  model: "m",
  messages: [{ role: "user" as const, content: "q" }],
  temperature: 0,
  seed: 1,
  maxTokens: 4,
};
const usage = { promptTokens: 1, completionTokens: 2, estimated: false };
const CALLS = [1, 2].map((sample) => ({
  hash: requestHash(request, sample),
  sample,
  request,
  ...sample === 1
    ? { reply: { content: "a", finishReason: "stop", usage, lost: usage, tries: 1, model: "m" } }
    : { failure: { kind: "empty", message: "no answer", usage, partial: "", tries: 1 } },
}));

/** Each line that is passed over is told by its number; of the others a call that was changed is named. */
function useLines(bytes: Uint8Array, name: string): unknown {
  const text = decoded(bytes);
  const told: string[] = [];
  const found = parseJsonLines<RecordedCall>(text, name, CALL, (problem) => told.push(problem));
  for (const problem of told) assert.match(problem, /^line \d+ of fuzzed file: ./);
  assert.equal(found.length + told.length, text.split("\n").filter((line) => line.trim() !== "").length);
  try {
    checkCalls(found, name);
  } catch (error) {
    assert.match((error as Error).message, /^Cannot replay fuzzed file: call \d has /);
    throw new SyntaxError((error as Error).message);
  }
  if (told.length > 0) throw new SyntaxError(`Cannot read all of ${name}`);
  return found.map((call) => call.reply ? outcomeOf(call).content.length : isSettled(call));
}

/** Espalier's own files, and the way of an ONNX file through the library. */
export const OWN: readonly Target[] = [
  {
    name: "ONNX",
    seed: manyFieldsOnnx,
    damage: damageProtobuf,
    decode: thereAndBack,
    clear: NAMED,
    slow: true,
  },
  {
    name: "ONNX, read, counted, planned, pruned, written",
    seed: residualOnnx,
    damage: damageProtobuf,
    decode: pipeline,
    clear: SENTENCE,
    slow: true,
  },
  { name: "training checkpoint", seed: checkpointSeed, decode: decodeTrainingCheckpoint, clear: SENTENCE },
  {
    name: "training checkpoint with right checksums",
    seed: checkpointSeed,
    damage: damageSafetensors,
    reseal: rightSeal,
    decode: decodeTrainingCheckpoint,
    clear: SENTENCE,
  },
  {
    name: "metanetwork with right checksums",
    seed: () =>
      encodeMetanetwork(createMetanetwork({ nodeFeatures: 2, edges: "taps", hidden: 2, layers: 1 })),
    damage: damageSafetensors,
    reseal: rightSeal,
    decode: loadMetanetwork,
    clear: NAMED,
    slow: true,
  },
  {
    name: "sparse model with right checksums",
    seed: () => encodeSparse(mlp({ sizes: [4, 8, 2] })),
    damage: damageSafetensors,
    reseal: rightSeal,
    decode: decodeSparse,
    clear: NAMED,
    slow: true,
  },
  {
    name: "record of a unit",
    seed: () => encoded(sealJson(TOY_RECORD)),
    damage: damageJson,
    decode: (bytes) => {
      const found = parseRecord(decoded(bytes), TOY_RECORD.name);
      if (typeof found === "string") throw new SyntaxError(`Cannot read fuzzed file: ${found}`);
      return found;
    },
    clear: SENTENCE,
  },
  {
    name: "manifest of a prepared log",
    seed: () => encoded(JSON.stringify(MANIFEST)),
    damage: damageJson,
    decode: useManifest,
    clear: NAMED,
  },
  {
    name: "recording, line by line",
    seed: () => encoded(CALLS.map((call) => JSON.stringify(call)).join("\n")),
    damage: damageJsonLine,
    decode: useLines,
    clear: NAMED,
  },
  {
    name: "notebook",
    seed: () => encoded(JSON.stringify(NOTEBOOK)),
    damage: damageJson,
    decode: useNotebook,
    clear: NAMED,
  },
];
