import assert from "node:assert/strict";
import { joined, type Output, readNotebook, writeNotebook } from "../../kernels/jupyter/runner/notebook.ts";
import { runNotebook } from "../../kernels/jupyter/runner/run_notebook.ts";
import { KERNEL_NAME } from "../../kernels/jupyter/kernelspec.ts";
import { placesOf } from "../../kernels/jupyter/setup/paths.ts";
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

/** What a cell shows: the text of each stream, whatever its pieces, and the rest without what tells the time. */
function told(outputs: Output[] = []): { streams: Record<string, string>; rest: Output[] } {
  const streams: Record<string, string> = {};
  const rest: Output[] = [];
  for (const output of outputs) {
    if (output.output_type === "stream") {
      streams[output.name] = (streams[output.name] ?? "") + joined(output.text);
    } else if (JSON.stringify(output).includes("progressbar")) rest.push({ ...output, data: {} } as Output);
    else rest.push(output);
  }
  return { streams, rest };
}

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
    const [mine, others] = [notebook, expected].map(({ cells }) => cells.map(({ outputs }) => told(outputs)));
    assert.deepEqual(mine, others);
    assert.deepEqual(mine!.map(({ rest }) => rest.length), [0, 0, 1, 0, 1, 1, 1]);
    await Deno.remove(temporary, { recursive: true });
  },
);
