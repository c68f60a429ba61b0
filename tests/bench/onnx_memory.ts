/** As a program, `onnx_memory.ts <step> <path>`: does one step and prints what it took, as JSON. */
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { Model } from "../../lib/onnx/model.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { peakMemory } from "./peak_memory.ts";
import { type Bench, digits } from "./section.ts";

const MEGABYTES = 100;

/** Memory and time to load and to save a model, beyond what is there before; each step in a fresh process. */
export const onnxMemory: Bench = async () => {
  const section = {
    title: "Memory to load and to save",
    about:
      `A model of ${MEGABYTES} MiB. Peak resident memory of a fresh process per step, beyond what it had before, ` +
      "from the operating system.",
    head: ["step", "memory / size of the file", "s"],
  };
  if (Deno.build.os !== "linux") return { ...section, about: "Measured on Linux only.", rows: [] };
  const folder = await Deno.makeTempDir();
  try {
    await saveModel(large(MEGABYTES), `${folder}/m.onnx`);
    const rows: string[][] = [];
    for (const step of Object.keys(STEPS)) {
      const args = ["run", ...LOCKED, "-A", import.meta.url, step, `${folder}/m.onnx`];
      const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
      const { bytes, seconds } = JSON.parse(new TextDecoder().decode(stdout));
      rows.push([step, digits(bytes / MEGABYTES / 2 ** 20, 2), digits(seconds, 2)]);
    }
    return { ...section, rows };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
};

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
  const outputs = [`y${megabytes - 1}`];
  return new Model({ name: "large", inputs: ["x"], outputs, nodes, initializers, values });
}

const STEPS: Record<string, (path: string) => Promise<unknown>> = {
  load: (path) => loadModel(path),
  "load and save": async (path) => saveModel(await loadModel(path), `${path}.copy.onnx`),
  "load and save with external data": async (path) =>
    saveModel(await loadModel(path), `${path}.external.onnx`, { externalData: true }),
  "load with external data": (path) => loadModel(`${path}.external.onnx`),
  "load and toOnnx": async (path) => (await loadModel(path)).toOnnx(),
};

if (import.meta.main) {
  const [step, path] = Deno.args as [string, string];
  const before = peakMemory();
  const start = performance.now();
  await STEPS[step]!(path);
  console.log(JSON.stringify({ bytes: peakMemory() - before, seconds: (performance.now() - start) / 1000 }));
}
