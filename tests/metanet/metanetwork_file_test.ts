import assert from "node:assert/strict";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { createMetanetwork, PREFIX } from "../../lib/metanet/metanetwork_parameters.ts";
import { loadMetanetwork, saveMetanetwork } from "../../lib/metanet/metanetwork_file.ts";
import { dataFile } from "../data.ts";

Deno.test("a saved metanetwork is whole or refused", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/metanetwork.safetensors`;
  const { settings, weights } = createMetanetwork({ nodeFeatures: 3, edges: [9, 1] }, { seed: 4 });
  for (const name of ["x.onnx", "x.pt", "x"]) {
    await assert.rejects(
      saveMetanetwork({ settings, weights }, `${folder}/${name}`),
      /^RangeError: Cannot save a metanetwork as .*: expected a name in .safetensors, such as .*x.safetensors/,
    );
  }
  await saveMetanetwork({ settings, weights }, path);
  assert.deepEqual(await loadMetanetwork(path), { settings, weights });
  const { [`${PREFIX}node_encoder.bias`]: _, ...rest } = weights;
  await assert.rejects(
    saveMetanetwork({ settings, weights: rest }, path),
    /node_encoder.bias.*found nothing/,
  );
  assert.deepEqual(await loadMetanetwork(path), { settings, weights }, "the file stays as it was");
  await Deno.writeFile(path, (await Deno.readFile(path)).subarray(0, 500));
  await assert.rejects(loadMetanetwork(path), SyntaxError);
  await assert.rejects(
    loadMetanetwork(encodeSafetensors(weights)),
    /expected a file that saveMetanetwork wrote/,
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("settings in a file cost no more than its tensors: what they ask for and lack ends the reading", async () => {
  const metadata = (settings: unknown) => ({
    format: "espalier metanetwork 1",
    settings: typeof settings === "string" ? settings : JSON.stringify(settings),
  });
  const { weights } = createMetanetwork({ nodeFeatures: 1, edges: "taps", layers: 1, hidden: 1 });
  const asked = { nodeFeatures: 1, hidden: 1, layers: 1 };
  for (
    const settings of [
      { ...asked, edges: "taps", layers: 300_000 },
      { ...asked, edges: "taps", layers: 1e15 },
      { ...asked, edges: Array.from({ length: 300_000 }, (_, i) => i + 1) },
      { ...asked, edges: "taps", hidden: 1e9 },
      { ...asked, edges: "taps", nodeContext: 7 },
    ]
  ) {
    for (const tensors of [weights, {}]) {
      await assert.rejects(loadMetanetwork(encodeSafetensors(tensors, { metadata: metadata(settings) })), {
        name: "TypeError",
        message: /Cannot load the metanetwork of the given bytes: expected "metanetwork\..*" as float32\[/,
      });
    }
  }
  for (
    const settings of ["{", "null", "3", { ...asked, edges: "taps", layers: -1 }, { ...asked, edges: [] }, {
      ...asked,
      edges: "taps",
      nodeContext: "x",
    }]
  ) {
    await assert.rejects(loadMetanetwork(encodeSafetensors(weights, { metadata: metadata(settings) })), {
      name: "SyntaxError",
      message: /the given bytes: expected its settings as saveMetanetwork wrote them; /,
    });
  }
  const many = dataFile("../cases/faults/metanetwork_layers_300000.safetensors");
  if (many) await assert.rejects(loadMetanetwork(many), /expected "metanetwork\.node_encoder\.weight"/);
});
