import { deepEqual, rejects } from "node:assert/strict";
import { fetchData } from "../../lib/data/fetch.ts";
import { MANIFEST } from "../../lib/data/manifest.ts";
import { dataFile } from "../data.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("an unknown data set is an error that lists the known ones", async () => {
  await rejects(fetchData(["cifar-11"]), {
    name: "RangeError",
    message: /"cifar-11": expected one of cifar10, mnist, fashion-mnist/,
  });
});

const checkpoint = dataFile("resnet/resnet56-4bfd9763.th");
Deno.test({
  name: "files that are there and right are not asked for again",
  ignore: !checkpoint,
  fn: () =>
    inFolder(async (folder) => {
      const [file] = MANIFEST.resnet.files;
      await Deno.mkdir(`${folder}/resnet`);
      await Deno.copyFile(checkpoint!, `${folder}/resnet/${file!.name}`);
      const fail = () => {
        throw new Error("asked");
      };
      const progress = { start: fail, step: fail, close: fail };
      deepEqual(await fetchData(["resnet"], { folder, progress }), [`${folder}/resnet`]);
      deepEqual([...Deno.readDirSync(`${folder}/resnet`)].map(({ name }) => name), [file!.name]);
    }),
});
