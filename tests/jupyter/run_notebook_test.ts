import assert from "node:assert/strict";
import { kernelspec, noKernel } from "./kernel.ts";
import { type Cell, joined, type Notebook, type Output } from "../../kernels/jupyter/runner/notebook.ts";
import {
  type RunEvent,
  runNotebook,
  type RunNotebookOptions,
} from "../../kernels/jupyter/runner/run_notebook.ts";

function notebookOf(...sources: (string | { source: string; tags: string[] })[]): Notebook {
  const cells = sources.map((cell, i): Cell => {
    const { source, tags } = typeof cell === "string" ? { source: cell, tags: [] } : cell;
    return { cell_type: "code", id: `c${i}`, metadata: { tags }, source, outputs: [], execution_count: null };
  });
  return { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

function run(notebook: Notebook, options: Partial<RunNotebookOptions> = {}): ReturnType<typeof runNotebook> {
  return runNotebook(notebook, { kernelspec, folder: import.meta.dirname!, ...options });
}

function texts(outputs: Output[] = []): string[] {
  return outputs.map((output) => {
    if (output.output_type === "stream") return joined(output.text);
    if (output.output_type === "error") return `${output.ename}: ${output.evalue}`;
    return joined(output.data["text/plain"] as string);
  });
}

const ignore = noKernel;

Deno.test("every output is kept, also those that come after the kernel is idle", { ignore }, async () => {
  const work = "let sum = 0; for (let i = 0; i < 1e6; i++) sum += i;";
  const sources = Array.from({ length: 60 }, (_, i) => `${work} console.log("printed ${i}");\n${i}`);
  const { notebook, error } = await run(notebookOf(...sources));
  assert.equal(error, undefined);
  for (const [i, cell] of notebook.cells.entries()) {
    assert.deepEqual(texts(cell.outputs).sort(), [String(i), `printed ${i}\n`], `cell ${i + 1}`);
    assert.equal(cell.execution_count, i + 1);
  }
});

Deno.test("the notebook that was given stays as it was", { ignore }, async () => {
  const notebook = notebookOf({ source: "const size = 1;", tags: ["parameters"] }, "size");
  const before = structuredClone(notebook);
  await run(notebook, { parameters: { size: 2 } });
  assert.deepEqual(notebook, before);
});

Deno.test("parameters are injected after their cell, in place of earlier ones", { ignore }, async () => {
  const given = notebookOf(
    { source: 'const preset = "none";\nlet size = 1;', tags: ["parameters"] },
    "[preset, size]",
  );
  const once = await run(given, { parameters: { preset: "quick", other: 1 } });
  const twice = await run(once.notebook, { parameters: { preset: 'a "b"' } });
  assert.deepEqual(once.notebook.cells[1]!.metadata.tags, ["injected-parameters"]);
  assert.deepEqual(texts(once.notebook.cells[2]!.outputs), ['[ "quick", 1 ]']);
  assert.equal(twice.notebook.cells.length, 3);
  assert.deepEqual(texts(twice.notebook.cells[2]!.outputs), [`[ 'a "b"', 1 ]`]);
});

Deno.test("an error stops the run and says which cell, unless the cell may fail", { ignore }, async () => {
  const { notebook, error } = await run(notebookOf(
    { source: 'throw new RangeError("meant")', tags: ["raises-exception"] },
    "// a remark\nconst model: number = 1;\nJSON.parse('{')",
    "'never reached'",
  ));
  assert.equal(error!.cell, 2);
  assert.match(
    error!.message,
    /^Cell 2 \(`const model: number = 1;`\) failed: SyntaxError: Expected property/,
  );
  assert.deepEqual(texts(notebook.cells[0]!.outputs), ["RangeError: meant"]);
  assert.equal(notebook.cells[1]!.outputs![0]!.output_type, "error");
  assert.deepEqual(notebook.cells[2]!.outputs, []);
});

Deno.test("code that does not parse is an error of its cell", { ignore }, async () => {
  const { error } = await run(notebookOf("1", "const = 2"));
  assert.match(error!.message, /^Cell 2 \(`const = 2`\) failed: /);
});

Deno.test("a cell that runs too long is stopped", { ignore }, async () => {
  const { error, notebook } = await run(notebookOf("console.log('here'); while (true);"), { cellLimit: 1 });
  assert.match(error!.message, /^Cell 1 \(.*\) ran longer than the 1 s that one cell may take$/);
  assert.equal(notebook.cells[0]!.outputs!.length <= 1, true);
});

Deno.test("the notebook's own limit counts all cells", { ignore }, async () => {
  const pause = "await new Promise((done) => setTimeout(done, 700))";
  const { error } = await run(notebookOf(pause, pause, pause), { notebookLimit: 1 });
  assert.match(error!.message, /^Cell 2 \(.*\) was running when the notebook's 1 s were over$/);
});

Deno.test("a kernel that dies is an error of the cell that ran", { ignore }, async () => {
  const { error } = await run(notebookOf("1", "Deno.exit(3)", "2"));
  assert.match(error!.message, /^Cell 2 \(`Deno.exit\(3\)`\) could not finish: .*exit code 3/);
});

Deno.test("an abort ends the kernel and throws the reason", { ignore }, async () => {
  const abort = new AbortController();
  const folder = await Deno.makeTempDir();
  const source = `await Deno.writeTextFile("pid", String(Deno.pid)); while (true);`;
  const running = run(notebookOf(source), { folder, signal: abort.signal });
  let pid = 0;
  while (!pid) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    pid = Number(await Deno.readTextFile(`${folder}/pid`).catch(() => "0"));
  }
  abort.abort(new Error("enough"));
  await assert.rejects(running, /enough/);
  assert.throws(() => Deno.kill(pid, "SIGCONT"), "the kernel's process is gone");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("displays update in place, and a watcher hears each state", { ignore }, async () => {
  const heard: RunEvent[] = [];
  const { notebook } = await run(
    notebookOf(
      `const show = (text: string, update: boolean) =>
         Deno.jupyter.display({ "text/plain": text }, { raw: true, display_id: "bar", update });
       await show("1/2", false);`,
      `await show("2/2", true);`,
    ),
    { listen: (event) => heard.push(event) },
  );
  assert.deepEqual(notebook.cells.map((cell) => texts(cell.outputs)), [["2/2"], []]);
  const said = heard.filter((event) => event.kind === "text").map(({ text, index }) => `${index}: ${text}`);
  assert.deepEqual(said, ["1: 1/2", "2: 2/2"]);
  const cells = heard.filter((event) => event.kind === "cell").map(({ index, count }) => [index, count]);
  assert.deepEqual(cells, [[1, 2], [2, 2]]);
});

Deno.test("a large output arrives whole", { ignore }, async () => {
  const { notebook } = await run(notebookOf(`({ [Symbol.for("Jupyter.display")]: () =>
    ({ "text/plain": "x".repeat(5_000_000) + "é" }) })`));
  const [text] = texts(notebook.cells[0]!.outputs);
  assert.equal(text, "x".repeat(5_000_000) + "é");
});

Deno.test("a kernel that is not there says so", async () => {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(
    file,
    JSON.stringify({ argv: ["/nowhere/deno", "{connection_file}"], display_name: "x" }),
  );
  await assert.rejects(run(notebookOf("1"), { kernelspec: file }), /nowhere/);
  await Deno.remove(file);
});
