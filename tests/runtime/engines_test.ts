import assert from "node:assert/strict";
import { type EngineReport, engines, openRuntime } from "../../lib/runtime/engines.ts";
import type { EngineName } from "../../lib/runtime/runtime.ts";
import { required } from "../data.ts";
import { tagged } from "../tags.ts";
import { hasAdapter } from "../train/engines.ts";
import { withFakeGpu } from "./fake_gpu.ts";
import { withPackages } from "./with_packages.ts";

const GPU_MISSING = hasAdapter ? false : !required("webgpu");

const lib = (path: string) => new URL(`../../lib/${path}`, import.meta.url).href;

/** Runs a program in a process of its own, which must end by itself, and returns what it prints as JSON. */
async function inProcess(program: string, permissions: string[] = ["--allow-all"]): Promise<unknown> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, program);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--no-prompt", ...permissions, file],
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(60_000),
    });
    const { code, signal, stdout, stderr } = await child.output();
    assert.equal(signal, null, "the process did not end by itself");
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(file);
  }
}

const namesOf = (reports: EngineReport[]) => reports.map(({ name }) => name);

Deno.test("engines() tells of every engine what was found, and takes exactly one", async () => {
  const reports = await engines();
  assert.deepEqual(namesOf(reports), ["native", "webgpu", "wasm"]);
  assert.deepEqual(namesOf(reports.filter(({ automatic }) => automatic)), ["native"]);
  for (const { name, available, automatic, device, reason } of reports) {
    assert.ok(available || name === "webgpu" && GPU_MISSING, `${name}: ${reason}`);
    assert.equal(Boolean(device), available, `${name}: device`);
    assert.equal(Boolean(reason), !automatic, `${name}: reason`);
  }
  const { reason } = reports.find(({ name }) => name === "wasm")!;
  assert.equal(reason, 'native comes first; ask for this one with openRuntime({ engine: "wasm" })');
});

Deno.test("openRuntime takes the engine that engines() says it takes", async () => {
  const taken = (await engines()).find(({ automatic }) => automatic)!;
  const runtime = await openRuntime();
  assert.deepEqual([runtime.engine, runtime.device], [taken.name, taken.device]);
  await runtime.close();
});

Deno.test("an engine that does not exist is refused with the names of those that do", async () => {
  await assert.rejects(openRuntime({ engine: "cuda" as EngineName }), {
    name: "RangeError",
    message: 'Cannot open engine "cuda": expected one of "native", "webgpu", "wasm"',
  });
});

Deno.test("WebAssembly keeps to one thread under Deno, where growing memory kills the others", async () => {
  const runtime = await openRuntime({ engine: "wasm", threads: 4 });
  assert.equal(runtime.device, "CPU in WebAssembly, 1 thread");
  await runtime.close();
});

Deno.test({
  name: tagged(
    "software that poses as a GPU is never taken by itself, even where there is no native code",
    "gpu",
  ),
  ignore: GPU_MISSING,
  async fn() {
    const program = `
      import { engines, openRuntime } from "${lib("runtime/engines.ts")}";
      import { openWebgpu } from "${lib("runtime/webgpu.ts")}";
      const reports = await engines();
      const gpu = await openWebgpu();
      const { isCpu } = gpu;
      await gpu.close();
      const runtime = await openRuntime();
      const taken = runtime.engine;
      await runtime.close();
      console.log(JSON.stringify({ reports, taken, isCpu }));`;
    const { reports, taken, isCpu } = await inProcess(program, ["--allow-all", "--deny-ffi"]) as {
      reports: EngineReport[];
      taken: EngineName;
      isCpu: boolean;
    };
    const [native, webgpu] = reports as [EngineReport, EngineReport];
    assert.equal(native.available, false);
    assert.match(native.reason!, /--allow-ffi/);
    assert.equal(webgpu.available, true, webgpu.reason);
    assert.equal(webgpu.automatic, !isCpu);
    assert.equal(taken, isCpu ? "wasm" : "webgpu");
    if (isCpu) assert.match(webgpu.reason!, /software on the CPU/);
  },
});

Deno.test("without a GPU, WebGPU says what is missing", async () => {
  const program = `
    import { engines } from "${lib("runtime/engines.ts")}";
    const reasons = [];
    for (const gpu of [undefined, { requestAdapter: () => Promise.resolve(null) }]) {
      Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
      reasons.push((await engines()).find(({ name }) => name === "webgpu").reason);
    }
    console.log(JSON.stringify(reasons));`;
  assert.deepEqual(await inProcess(program), [
    "Cannot use WebGPU: this JavaScript runtime has no navigator.gpu; expected Deno 2.9, Node, or a browser " +
    "with WebGPU, which gives it to pages from https and from localhost only",
    "Cannot use WebGPU: no adapter found; install the graphics driver with its Vulkan part: for AMD, Intel and " +
    "software the package mesa-vulkan-drivers on Debian, Ubuntu, Fedora and in WSL, for NVIDIA its own driver",
  ]);
});

Deno.test({
  name: tagged("a process that used WebGPU and closed it ends by itself", "gpu"),
  ignore: GPU_MISSING,
  async fn() {
    const program = `
      import { GraphBuilder } from "${lib("onnx/builder.ts")}";
      import { float32 } from "${lib("tensor/tensor.ts")}";
      import { openWebgpu } from "${lib("runtime/webgpu.ts")}";
      const g = new GraphBuilder();
      g.output(g.relu(g.input("x", "float32", ["N"])), "y");
      const runtime = await openWebgpu();
      const session = await runtime.session(g.model());
      const { y } = await session.run({ x: float32([-1, 2]) });
      await runtime.close();
      console.log(JSON.stringify([...y.data]));`;
    assert.deepEqual(await inProcess(program), [0, 2]);
  },
});

Deno.test("threads that no engine can have are refused, whichever would be opened", async () => {
  for (const engine of [undefined, "native", "wasm"] as const) {
    for (const threads of [0, -1, 1.5, NaN]) {
      await assert.rejects(openRuntime({ engine, threads }), {
        name: "RangeError",
        message: `Cannot open a runtime with threads ${threads}: expected a whole number from 1`,
      });
    }
  }
});

Deno.test("an engine that opens and does not work is passed over, and closed", async () => {
  const refused = (message: string) => () => Promise.reject(new Error(message));
  const engine = (why: string) => () =>
    Promise.resolve({ env: { wasm: {}, webgpu: {} }, InferenceSession: { create: refused(why) } });
  const [native, webgpu, wasm] = ["node@1.30.0", "web@1.30.0/webgpu", "web@1.30.0"]
    .map((name) => `npm:onnxruntime-${name}`) as [string, string, string];
  const withoutGpu = { [native]: refused("no library"), [webgpu]: engine("no shaders") };
  const destroyed = await withFakeGpu(() =>
    withPackages(withoutGpu, async () => {
      const runtime = await openRuntime();
      assert.equal(runtime.engine, "wasm");
      await runtime.close();
      await withPackages({ [wasm]: engine("no module") }, () =>
        assert.rejects(openRuntime(), {
          message:
            /^Cannot open any engine: native: .*no library.*; webgpu: .*no shaders; wasm: .*no module$/,
        }));
      // Asked for by its name, an engine opens, and says at its first session that it does not work.
      const named = await openRuntime({ engine: "webgpu" });
      await named.close();
    })
  );
  assert.equal(destroyed, 3);
});
