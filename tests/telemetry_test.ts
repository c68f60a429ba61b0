import assert from "node:assert/strict";
import { sendNoTelemetry } from "../lib/telemetry.ts";
import { inFolder } from "./in_folder.ts";

const SWITCH = "ORT_DISABLE_TELEMETRY";

Deno.test("the native engine writes nothing into the home folder, and is told to report nothing", () =>
  inFolder(async (home) => {
    const runtime = new URL("../lib/runtime/engines.ts", import.meta.url).href;
    const model = new URL("../lib/nn/mlp.ts", import.meta.url).href;
    const program = `
      import { openRuntime } from "${runtime}";
      import { mlp } from "${model}";
      const runtime = await openRuntime({ engine: "native" });
      await (await runtime.session(mlp({ sizes: [4, 16, 3] }))).release();
      await runtime.close();`;
    await Deno.writeTextFile(`${home}/program.ts`, program);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-lock", "--no-check", `${home}/program.ts`],
      // No word of a test or a check around it, on which ONNX Runtime is silent by itself.
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        HOME: home,
        LOCALAPPDATA: home,
        DENO_DIR: await denoFolder(),
      },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    assert.deepEqual([...Deno.readDirSync(home)].map(({ name }) => name), ["program.ts"]);
  }));

Deno.test("whoever has said what ONNX Runtime may report is left as is", () => {
  const before = Deno.env.get(SWITCH);
  try {
    Deno.env.delete(SWITCH);
    sendNoTelemetry();
    assert.equal(Deno.env.get(SWITCH), "1");
    Deno.env.set(SWITCH, "0");
    sendNoTelemetry();
    assert.equal(Deno.env.get(SWITCH), "0");
  } finally {
    if (before === undefined) Deno.env.delete(SWITCH);
    else Deno.env.set(SWITCH, before);
  }
});

/** Where Deno keeps its packages: another home would make it fetch them anew. */
async function denoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
