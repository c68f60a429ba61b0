import assert from "node:assert/strict";
import { openSafetensors } from "../../lib/formats/open_safetensors.ts";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { inFolder } from "../in_folder.ts";
import { fixture } from "./fixtures.ts";

Deno.test("tensors that are read one by one are those of the whole file, of every type", async () => {
  const { tensors } = decodeSafetensors(fixture("types.safetensors"));
  const open = await openSafetensors(fixture("types.safetensors"));
  assert.deepEqual(open.names.toSorted(), Object.keys(tensors).toSorted());
  for (const name of open.names) assert.deepEqual(await open.read(name), tensors[name], name);
});

Deno.test("a header longer than what is read at first is read whole, from a file on the disk", () =>
  inFolder(async (folder) => {
    const names = Array.from({ length: 9000 }, (_, i) => `${i}`.padStart(90, "w"));
    const file = encodeSafetensors(Object.fromEntries(names.map((name, i) => [name, float32([i])])));
    await Deno.writeFile(`${folder}/long.safetensors`, file);
    const open = await openSafetensors(`${folder}/long.safetensors`);
    assert.ok(file.length > 2 ** 20 && open.names.length === 9000);
    assert.deepEqual((await open.read(names[8999]!)).data, Float32Array.of(8999));
  }));

Deno.test("what is not there and what no array holds is an error where it is asked for", async () => {
  const open = await openSafetensors(fixture("odd.safetensors"));
  assert.deepEqual(open.names, ["whole"]);
  await assert.rejects(open.read("f8"), {
    name: "TypeError",
    message: /Cannot read "f8" of the given bytes: its type "F8/,
  });
  await assert.rejects(open.read("none"), /"none" of the given bytes: there is no such tensor; it has whole/);
});

Deno.test("a file with a checksum is read whole, however large, and damage is noticed", () =>
  inFolder(async (folder) => {
    const sealed = encodeSafetensors({ w: float32(new Float32Array(2 ** 19)) }, { checksum: true });
    await Deno.writeFile(`${folder}/sealed.safetensors`, sealed);
    const open = await openSafetensors(`${folder}/sealed.safetensors`);
    assert.equal((await open.read("w")).data.length, 2 ** 19);
    sealed[sealed.length - 1]! ^= 1;
    await Deno.writeFile(`${folder}/sealed.safetensors`, sealed);
    await assert.rejects(openSafetensors(`${folder}/sealed.safetensors`), {
      name: "SyntaxError",
      message: /its checksum is of/,
    });
  }));
