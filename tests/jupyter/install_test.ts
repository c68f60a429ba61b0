import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { kernelsFolder, TRIED } from "../../kernels/jupyter/install.ts";
import { kernelspecOf } from "../../kernels/jupyter/kernelspec.ts";

const PROGRAM = fileURLToPath(new URL("../../kernels/jupyter/install.ts", import.meta.url));

async function install(...args: string[]): Promise<{ code: number; said: string }> {
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--no-lock", PROGRAM, ...args] });
  const { code, stdout, stderr } = await command.output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("Jupyter's folder for kernels on each system", () => {
  const unix = (path: string) => path.replaceAll("\\", "/");
  assert.equal(
    unix(kernelsFolder(undefined, { HOME: "/home/ada" }, "linux")),
    "/home/ada/.local/share/jupyter/kernels",
  );
  assert.equal(
    unix(kernelsFolder(undefined, { HOME: "/Users/ada" }, "darwin")),
    "/Users/ada/Library/Jupyter/kernels",
  );
  assert.equal(unix(kernelsFolder(undefined, { APPDATA: "C:/a" }, "windows")), "C:/a/jupyter/kernels");
  assert.equal(
    unix(kernelsFolder(undefined, { JUPYTER_DATA_DIR: "/data", HOME: "/h" }, "linux")),
    "/data/kernels",
  );
  assert.throws(() => kernelsFolder(undefined, {}, "linux"), /set HOME, or give --prefix/);
});

Deno.test("from a URL, the kernel is started from that URL", () => {
  const { argv } = kernelspecOf(new URL("https://example.com/kernels/jupyter/kernel/main.ts"));
  assert.deepEqual(argv.slice(-2), [
    "https://example.com/kernels/jupyter/kernel/main.ts",
    "{connection_file}",
  ]);
});

Deno.test("install tries the kernel and writes its file, uninstall removes it, both say what they cannot", async () => {
  const prefix = await Deno.makeTempDir();
  try {
    const installed = await install("--prefix", prefix, "--name", "mine");
    assert.equal(installed.code, 0, installed.said);
    const spec = JSON.parse(await Deno.readTextFile(`${prefix}/share/jupyter/kernels/mine/kernel.json`));
    assert.deepEqual([spec.language, spec.interrupt_mode, spec.argv.at(-1)], [
      "typescript",
      "message",
      "{connection_file}",
    ]);
    const advice = /remove it with (--uninstall .*)\n$/.exec(installed.said);
    assert.deepEqual(advice?.[1]?.split(" "), ["--uninstall", "--prefix", prefix, "--name", "mine"]);
    const uninstalled = await install(...advice[1].split(" "));
    assert.equal(uninstalled.code, 0, uninstalled.said);
    assert.deepEqual([...Deno.readDirSync(`${prefix}/share/jupyter/kernels`)], []);
    const again = await install("--prefix", prefix, "--name", "mine", "--uninstall");
    assert.deepEqual([again.code, /there is none in .*; give its --prefix or --name\n$/.test(again.said)], [
      1,
      true,
    ]);
    const nowhere = await install("--prefix", `${prefix}/nowhere`);
    assert.deepEqual([nowhere.code, /into .*nowhere: there is no such folder; make/.test(nowhere.said)], [
      1,
      true,
    ]);
    assert.deepEqual([...Deno.readDirSync(prefix)].map(({ name }) => name), ["share"]);
    assert.match((await install("--name", "../x")).said, /^Cannot name a kernel/);
    assert.match((await install("--nmae", "x")).said, /nmae/);
  } finally {
    await Deno.remove(prefix, { recursive: true });
  }
});

Deno.test("Binder gets the Deno that the kernel was tried with", async () => {
  const listed = await Deno.readTextFile(new URL("../../.binder/requirements.txt", import.meta.url));
  assert.ok(TRIED.includes(/^deno==(.+)$/m.exec(listed)?.[1] ?? ""), listed);
});
