import assert from "node:assert/strict";
import { readNotebook, writeNotebook } from "../../kernels/jupyter/runner/notebook.ts";
import { runNotebook } from "../../kernels/jupyter/runner/run_notebook.ts";
import { KERNEL_NAME, placesOf } from "../../kernels/jupyter/setup/paths.ts";
import { kernelspec, noKernel } from "./kernel.ts";

const folder = `${import.meta.dirname}/../notebooks`;

/** Another implementation of everything: reads, runs, validates and writes the notebook. */
const NBCLIENT = `
import sys, nbformat
from nbclient import NotebookClient
source, target, kernel, folder, ours = sys.argv[1:]
nbformat.validate(nbformat.read(ours, as_version=4))
notebook = nbformat.read(source, as_version=4)
NotebookClient(notebook, kernel_name=kernel, resources={"metadata": {"path": folder}}, timeout=60).execute()
nbformat.write(notebook, target)
`;

Deno.test(
  "nbclient accepts what the runner wrote, and gets the same from the kernel",
  { ignore: noKernel },
  async () => {
    const temporary = await Deno.makeTempDir();
    const [ours, theirs] = [`${temporary}/ours.ipynb`, `${temporary}/theirs.ipynb`];
    const path = `${folder}/runner.ipynb`;
    const { notebook } = await runNotebook(await readNotebook(path), { kernelspec, folder });
    await writeNotebook(ours, notebook);
    const { success, stderr } = await new Deno.Command(placesOf().program("python"), {
      args: ["-c", NBCLIENT, path, theirs, KERNEL_NAME, folder, ours],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const expected = await readNotebook(theirs);
    // What comes after idle is lost to nbclient, whole outputs or the last lines of one: compare what it has.
    const outputs = ({ cells }: typeof notebook) => cells.map(({ outputs }) => outputs ?? []);
    const [all, some] = [outputs(notebook), outputs(expected)];
    let compared = 0;
    for (const [i, cell] of some.entries()) {
      if (cell.length !== all[i]!.length) continue;
      for (const [j, output] of cell.entries()) {
        if (output.output_type === "stream") continue;
        if (JSON.stringify(output).includes("progressbar")) continue; // says how long it took
        assert.deepEqual(all[i]![j], output, `cell ${i + 1}`);
        compared++;
      }
    }
    assert.ok(compared >= 1, `only ${compared} outputs could be compared`);
    await Deno.remove(temporary, { recursive: true });
  },
);
