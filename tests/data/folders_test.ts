import assert from "node:assert/strict";
import { dataFolders, filesIn, missing } from "../../lib/data/folders.ts";
import { cacheFolder } from "../../lib/files/cache_folder.ts";
import { NotFoundError } from "../../lib/files/not_found.ts";
import { cifar10 } from "../../lib/data/cifar10.ts";
import { mnist } from "../../lib/data/mnist.ts";
import { inFolder } from "../in_folder.ts";
import { inPage } from "../in_page.ts";

Deno.test("a data set is looked for in ESPALIER_DATA first, then in the cache", () => {
  const before = Deno.env.get("ESPALIER_DATA");
  try {
    Deno.env.set("ESPALIER_DATA", "/data");
    assert.deepEqual(dataFolders("mnist"), ["/data/mnist", `${cacheFolder()}/mnist`]);
    Deno.env.delete("ESPALIER_DATA");
    assert.deepEqual(dataFolders("mnist"), [`${cacheFolder()}/mnist`]);
  } finally {
    if (before !== undefined) Deno.env.set("ESPALIER_DATA", before);
  }
});

Deno.test("the files of a folder are listed without folders; of none there are none", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "");
    await Deno.mkdir(`${folder}/b`);
    assert.deepEqual([await filesIn(folder), await filesIn(`${folder}/none`)], [["a"], []]);
    const error = missing("MNIST", "mnist", ["/a", "/b"]);
    assert.ok(error instanceof NotFoundError);
    assert.equal(
      error.message,
      "Cannot find MNIST: looked in /a and /b; download it with `deno task data mnist`, or set ESPALIER_DATA " +
        "to a folder that has mnist/",
    );
  }));

Deno.test("in a page there are no folders to look for data in, and that is said", async () => {
  const message = /^Cannot look for .*: only Deno has a disk to it; in a page, make tensors of data that it/;
  for (const options of [{}, { folder: "data" }]) {
    for (const load of [cifar10, mnist]) {
      await assert.rejects(inPage(() => load(options)), { name: "Error", message });
    }
  }
});
