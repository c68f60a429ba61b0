import assert from "node:assert/strict";
import { readNotebook, writeNotebook } from "../../../kernels/jupyter/runner/notebook.ts";
import { joined, type Notebook } from "../../../kernels/jupyter/runner/notebook.ts";
import { runNotebook } from "../../../kernels/jupyter/runner/run_notebook.ts";
import { kernelspecOf } from "../../../kernels/jupyter/kernelspec.ts";
import { placesOf } from "../../../kernels/jupyter/setup/paths.ts";
import { noKernel } from "../kernel.ts";

const NBCLIENT = `
import sys, nbformat
from nbclient import NotebookClient
source, target = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
NotebookClient(notebook, kernel_name="espalier", timeout=60).execute()
nbformat.write(notebook, target)
`;

/** Cells of each notebook; `ESPALIER_CELLS=1000` is the long form. */
const COUNT = Number(Deno.env.get("ESPALIER_CELLS") ?? 50);

/** A notebook whose cells print, display and have a value, after some work or at once. */
function cellsOf(count: number): Notebook {
  const work = "{ let sum = 0; for (let i = 0; i < 1e6; i++) sum += i; }";
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: "espalier", display_name: "Espalier", language: "typescript" } },
    cells: Array.from({ length: count }, (_, i) => ({
      cell_type: "code" as const,
      id: `c${i}`,
      metadata: {},
      source: `${i % 3 ? work : ""} console.log("printed ${i}");\n${i}`,
      outputs: [],
      execution_count: null,
    })),
  };
}

function assertNothingLost({ cells }: Notebook): void {
  for (const [i, { outputs }] of cells.entries()) {
    const texts = outputs!.map((output) =>
      output.output_type === "stream"
        ? joined(output.text)
        : "data" in output
        ? joined(output.data["text/plain"] as string)
        : "?"
    );
    assert.deepEqual(texts, [`printed ${i}\n`, String(i)], `cell ${i + 1}`);
  }
}

async function inFolder(act: (folder: string, spec: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const spec = `${folder}/kernels/espalier/kernel.json`;
    await Deno.mkdir(`${folder}/kernels/espalier`, { recursive: true });
    await Deno.writeTextFile(spec, JSON.stringify(kernelspecOf()));
    await act(folder, spec);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test(`our runner loses nothing of ${COUNT} cells`, async () => {
  await inFolder(async (folder, kernelspec) => {
    const { notebook, error } = await runNotebook(cellsOf(COUNT), { kernelspec, folder });
    assert.equal(error, undefined);
    assertNothingLost(notebook);
  });
});

/** Programs that stop listening at "idle", as commands of Python: they run `in.ipynb` and write `out.ipynb`. */
const PROGRAMS: Record<string, readonly string[]> = {
  nbclient: ["-c", NBCLIENT, "in.ipynb", "out.ipynb"],
  nbconvert: ["-m", "nbconvert", "--to=notebook", "--execute", "--output=out.ipynb", "in.ipynb"],
  papermill: ["-m", "papermill", "--no-progress-bar", "in.ipynb", "out.ipynb"],
};

for (const [name, args] of Object.entries(PROGRAMS)) {
  Deno.test(
    `${name}, which stops at idle, loses nothing of ${COUNT} cells`,
    { ignore: noKernel },
    async () => {
      await inFolder(async (folder) => {
        await writeNotebook(`${folder}/in.ipynb`, cellsOf(COUNT));
        const { success, stderr } = await new Deno.Command(placesOf().program("python"), {
          args: [...args],
          env: { JUPYTER_PATH: folder },
          cwd: folder,
        }).output();
        assert.ok(success, new TextDecoder().decode(stderr));
        assertNothingLost(await readNotebook(`${folder}/out.ipynb`));
      });
    },
  );
}
