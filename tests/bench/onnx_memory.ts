/**
 * Memory and time to load and to save a model, beyond what is there before: `deno run -A tests/bench/onnx_memory.ts
 * [megabytes]`. Peak resident memory of a fresh process per step, from the operating system (Linux).
 */
import { readFileSync } from "node:fs";
import { Tensor } from "../../lib/deps.ts";
import { loadModel } from "../../lib/onnx/load.ts";
import { Model } from "../../lib/onnx/model.ts";
import { saveModel } from "../../lib/onnx/save.ts";

/** Peak resident bytes of this process so far. */
function peak(): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;
}

/** A model of square weights; names of odd lengths put most of them at odd offsets. */
function large(megabytes: number): Model {
  const initializers = new Map(Array.from({ length: megabytes }, (_, i) => [
    "w".repeat(i % 7) + i,
    new Tensor("float32", new Float32Array(2 ** 18).fill(i), [512, 512]),
  ]));
  const nodes = [...initializers.keys()].map((name, i) => ({
    op: "MatMul",
    inputs: [i === 0 ? "x" : `y${i - 1}`, name],
    outputs: [`y${i}`],
    attributes: {},
  }));
  const values = new Map([["x", { type: "float32" as const, shape: ["N", 512] }]]);
  return new Model({
    name: "large",
    inputs: ["x"],
    outputs: [`y${megabytes - 1}`],
    nodes,
    initializers,
    values,
  });
}

const steps: Record<string, (path: string) => Promise<unknown>> = {
  load: (path) => loadModel(path),
  "load and save": async (path) => saveModel(await loadModel(path), `${path}.copy`),
  "load and save with external data": async (path) =>
    saveModel(await loadModel(path), `${path}.external`, { externalData: true }),
  "load with external data": (path) => loadModel(`${path}.external`),
  "load and toOnnx": async (path) => (await loadModel(path)).toOnnx(),
};

const [first = "100", path] = Deno.args;
if (path === undefined) {
  const folder = await Deno.makeTempDir();
  const megabytes = Number(first);
  await saveModel(large(megabytes), `${folder}/m.onnx`);
  for (const step of Object.keys(steps)) {
    const args = ["run", "-A", import.meta.url, step, `${folder}/m.onnx`];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
    const { bytes, seconds } = JSON.parse(new TextDecoder().decode(stdout));
    const times = (bytes / megabytes / 2 ** 20).toFixed(2);
    console.log(`${step}: ${times} × the file's size in memory, ${seconds.toFixed(2)} s`);
  }
  await Deno.remove(folder, { recursive: true });
} else {
  const before = peak();
  const start = performance.now();
  await steps[first]!(path);
  console.log(JSON.stringify({ bytes: peak() - before, seconds: (performance.now() - start) / 1000 }));
}
