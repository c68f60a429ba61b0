import { deepEqual, rejects } from "node:assert/strict";
import { classFolders } from "../../lib/data/class_folders.ts";
import { inFolder } from "../in_folder.ts";

async function touch(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, "");
  }
}

Deno.test("labels are places in the sorted list of classes; other files and links to nowhere are passed over", () =>
  inFolder(async (folder) => {
    await touch(
      `${folder}/train/n02/b.JPEG`,
      `${folder}/train/n02/a.png`,
      `${folder}/train/n02/notes.txt`,
      `${folder}/train/n02/._a.png`,
      `${folder}/train/n01/c.jpg`,
      `${folder}/train/.cache/c.jpg`,
      `${folder}/elsewhere/d.jpeg`,
      `${folder}/val/n01/e.JPG`,
    );
    await Deno.symlink(`${folder}/elsewhere`, `${folder}/val/n02`);
    await Deno.symlink(`${folder}/nowhere`, `${folder}/train/n03`);
    await Deno.symlink(`${folder}/nowhere`, `${folder}/train/n01/notes`);
    const { classes, train, val } = await classFolders(folder);
    deepEqual(classes, ["n01", "n02"]);
    deepEqual(train.paths.map((path) => path.slice(folder.length)), [
      "/train/n01/c.jpg",
      "/train/n02/a.png",
      "/train/n02/b.JPEG",
    ]);
    deepEqual([...train.labels], [0, 1, 1]);
    deepEqual(val.paths.map((path) => path.slice(folder.length)), ["/val/n01/e.JPG", "/val/n02/d.jpeg"]);
    deepEqual([...val.labels], [0, 1]);
  }));

Deno.test("what is missing in a folder is said, with what to do", () =>
  inFolder(async (folder) => {
    const refuse = (message: RegExp) =>
      rejects(classFolders(folder), {
        name: /Cannot find/.test(message.source) ? "NotFoundError" : "Error",
        message,
      });
    await refuse(/Cannot find .*train: expected a folder with one folder of images per class/);
    await Deno.mkdir(`${folder}/train`);
    await refuse(/train: it is empty/);
    await touch(`${folder}/train/n01/a.jpg`, `${folder}/train/n02/b.txt`);
    await refuse(/every class's folder, but found empty: n02; fill or remove/);
    await touch(`${folder}/train/n02/b.jpg`);
    await refuse(/Cannot find .*val/);
    await touch(`${folder}/val/ILSVRC2012_val_00000001.JPEG`);
    await refuse(/val: it has 1 images but no folders of classes.*valprep\.sh.*LOC_val_solution\.csv/);
    await touch(`${folder}/val/n01/a.jpg`, `${folder}/val/n03/a.jpg`);
    await refuse(/the same classes, but found only in train: n02 and only in val: n03/);
  }));
