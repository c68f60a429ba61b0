import assert from "node:assert/strict";
import { digestFiles } from "../../../lib/data/images/digest_files.ts";
import { inFolder } from "../../in_folder.ts";

/** A file as it is told apart. */
interface Told {
  name: string;
  bytes: number;
  /** Time of its last change, in seconds. */
  time?: number;
}

Deno.test("a digest follows names, sizes, times and labels of files, in order, and not where the folder lies", () =>
  inFolder(async (folder) => {
    let roots = 0;
    const write = async (...files: Told[]): Promise<string[]> => {
      const own = `${folder}/${roots++}/class`;
      await Deno.mkdir(own, { recursive: true });
      for (const { name, bytes, time = 1e9 } of files) {
        await Deno.writeFile(`${own}/${name}`, new Uint8Array(bytes));
        await Deno.utime(`${own}/${name}`, time, time);
      }
      return files.map(({ name }) => `${own}/${name}`);
    };
    const digest = (paths: string[], labels = [0, 1]) =>
      digestFiles({ paths, labels: Uint32Array.from(labels) });
    const [x, y] = [{ name: "x.png", bytes: 5 }, { name: "y.png", bytes: 6 }];
    const first = await write(x, y);
    const same = await digest(first);
    assert.equal(await digest(await write(x, y)), same, "another folder");
    const others = [
      await digest(first.toReversed()),
      await digest(first, [1, 0]),
      await digest(await write({ ...x, name: "z.png" }, y)),
      await digest(await write(x, { ...y, bytes: 7 })),
      await digest(await write(x, { ...y, time: 2e9 })),
    ];
    assert.equal(new Set([same, ...others]).size, 6);
  }));
