/** Tests that need data are ignored without them, unless they are told that the data must be there. */
import assert from "node:assert/strict";
import { caseFile, caseFileIfThere, dataFile, dataFileIfThere } from "./data.ts";
import { inFolder } from "./in_folder.ts";

/** What `look` finds with these variables set; both are put back behind it. */
function withVariables<T>(data: string | undefined, require: string | undefined, look: () => T): T {
  const given = { ESPALIER_DATA: data, ESPALIER_REQUIRE: require };
  const before = Object.keys(given).map((name) => [name, Deno.env.get(name)] as const);
  const set = ([name, value]: readonly [string, string | undefined]) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  Object.entries(given).forEach(set);
  try {
    return look();
  } finally {
    before.forEach(set);
  }
}

Deno.test("a file of data that is not there is none, and an error where data are required", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/data`);
    await Deno.writeTextFile(`${folder}/data/there.txt`, "");
    const data = `${folder}/data`;
    for (const required of [undefined, "", "webgpu"]) {
      assert.equal(withVariables(data, required, () => dataFile("there.txt")), `${data}/there.txt`);
      assert.equal(withVariables(data, required, () => dataFile("gone.txt")), undefined);
      assert.equal(withVariables(undefined, required, () => dataFile("there.txt")), undefined);
      assert.equal(withVariables(data, required, () => caseFile("gone.onnx")), undefined);
    }
    assert.equal(withVariables(data, "ray,data", () => dataFile("there.txt")), `${data}/there.txt`);
    const gone = { name: "NotFoundError", message: /Cannot find .*gone\.\w+: looked in .*ESPALIER_REQUIRE/ };
    assert.throws(() => withVariables(data, "ray,data", () => dataFile("gone.txt")), gone);
    assert.throws(() => withVariables(undefined, "data", () => dataFile("gone.txt")), gone);
    assert.throws(() => withVariables(data, "data", () => caseFile("gone.onnx")), gone);
    assert.equal(withVariables(data, "data", () => dataFileIfThere("gone.txt")), undefined);
    assert.equal(withVariables(data, "data", () => caseFileIfThere("gone.onnx")), undefined);
  });
});
