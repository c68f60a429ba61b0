import assert from "node:assert/strict";
import { loadModel } from "../../../lib/io/load_model.ts";
import { saveModel } from "../../../lib/io/save_model.ts";
import { metanetworkFor } from "../../../lib/metanet/metanetwork_for.ts";
import { saveMetanetwork } from "../../../lib/metanet/metanetwork_file.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { inFolder } from "../../in_folder.ts";
import { MODEL } from "../espalier.ts";
import { typed } from "../typed.ts";

Deno.test("meta-prune writes a model of the part that is asked for, and says what changed", async () => {
  await inFolder(async (folder) => {
    const [path, out, net] = [`${folder}/in.onnx`, `${folder}/out.onnx`, `${folder}/net.safetensors`];
    await saveModel(MODEL, path);
    await saveMetanetwork(metanetworkFor(MODEL, { hidden: 4 }), net);
    const line = ["meta-prune", path, out, "--metanetwork", net, "--macs", "50%", "--json"];
    const { code, out: said, err } = await typed(...line);
    assert.equal(code, 0, err);
    const { before, after } = JSON.parse(said);
    assert.equal(before.macs, countMacs(MODEL).macs);
    assert.equal(after.macs, countMacs(await loadModel(out)).macs);
    assert.ok(after.macs <= 0.5 * before.macs && after.macs > 0.4 * before.macs);
  });
});

Deno.test("meta-prune needs a metanetwork and a part", async () => {
  for (const rest of [["--macs", "0.5"], ["--metanetwork", "m.safetensors", "--macs", "1G"]]) {
    assert.deepEqual(await typed("meta-prune", "in.onnx", "out.onnx", ...rest), {
      code: 2,
      out: "",
      err: "Cannot prune by a metanetwork: name it with --metanetwork, and a part with --macs, as 0.5",
    });
  }
});
