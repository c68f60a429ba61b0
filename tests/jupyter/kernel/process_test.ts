import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readConnection } from "../../../kernels/jupyter/protocol/connection.ts";
import { encodeMessage } from "../../../kernels/jupyter/protocol/wire.ts";
import { connectZmtp } from "../../../kernels/jupyter/protocol/zmtp.ts";
import { killIfThere } from "../../experiment/clusters.ts";
import { ARGV, pause, startDriver } from "./driver.ts";
import { assertNoneLeft, processesWith } from "./processes.ts";

const linux = Deno.build.os === "linux";

Deno.test("a process that dies is told with what is lost, during a cell and between two", async () => {
  await using driver = await startDriver();
  await driver.run("let kept = 1;");
  const { reply } = await driver.run("Deno.exit(3)");
  assert.match(
    `${reply.ename}: ${reply.evalue}`,
    /^KernelDied: [^(]*\(it ended with exit code 3\): its variables are lost, files are kept; a new one/,
  );
  const next = await driver.run("typeof kept");
  assert.deepEqual([next.value, next.reply.execution_count], ['"undefined"', 3]);
  const { reply: dying } = await driver.run("setTimeout(() => Deno.exit(4), 300)");
  let seen = String(dying.evalue ?? "");
  for (const end = Date.now() + 60_000; !seen && Date.now() < end;) {
    await pause(50);
    const { printed, reply } = await driver.run("1");
    seen = printed || String(reply.evalue ?? ""); // it may have died under this cell
  }
  assert.match(seen, /^[Tt]he process that (runs|ran) the cells is gone .*exit code 4.* variables are lost/);
  assert.equal((await driver.run("2")).value, "2");
});

Deno.test("a cell asks the user and gets the answer", async () => {
  await using driver = await startDriver();
  const asking = driver.run('const name = prompt("name?"); `hello ${name}`', { allow_stdin: true });
  const { content } = await driver.until(({ type }) => type === "input_request");
  assert.match(String(content.prompt), /name\?/);
  driver.client.send("stdin", "input_reply", { value: "Ada", status: "ok" });
  assert.equal((await asking).value, '"hello Ada"');
});

Deno.test("status shows memory and processor time of the cells' process", { ignore: !linux }, async () => {
  await using driver = await startDriver();
  const pid = Number((await driver.run("Deno.pid")).value);
  const usage = await driver.ask("control", "usage_request");
  assert.equal(usage.pid, pid);
  assert.ok(
    Number(usage.kernel_memory) > 20e6 && Number(usage.kernel_memory) < 4e9,
    String(usage.kernel_memory),
  );
  const before = Number(usage.cpu_seconds);
  await driver.run("for (const end = Date.now() + 400; Date.now() < end;);");
  assert.ok(Number((await driver.ask("control", "usage_request")).cpu_seconds) > before);
});

Deno.test("unsigned, wrongly signed, repeated and cut messages run nothing, and the kernel goes on", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/connection.json`;
  const ports = Array.from({ length: 5 }, () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    return listener.addr.port;
  });
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports;
  const connection = { transport: "tcp", ip: "127.0.0.1", key: "secret", signature_scheme: "hmac-sha256" };
  const text = JSON.stringify({ ...connection, shell_port, iopub_port, stdin_port, control_port, hb_port });
  await Deno.writeTextFile(file, text);
  const [program, ...args] = ARGV.map((argument) => argument.replace("{connection_file}", file));
  const kernel = new Deno.Command(program!, { args, cwd: folder, stdout: "null", stderr: "piped" }).spawn();
  const said = new Response(kernel.stderr).text();
  try {
    const { ports, key } = readConnection(text);
    let shell;
    while (!shell) shell = await connectZmtp("DEALER", ports.shell).catch(() => pause(50));
    const write = (name: string) => ({ code: `Deno.writeTextFileSync("${name}", "x")`, silent: false });
    const request = (by: string, name: string) =>
      encodeMessage({ key: by, session: "s" }, "execute_request", write(name)).frames;
    const good = request(key, "good");
    const bad = [
      request("other", "forged"),
      request("", "unsigned"),
      request(key, "cut").slice(0, -1),
      request(key, "changed").with(5, request(key, "forged")[5]!),
      [new TextEncoder().encode("nonsense")],
    ];
    for (const frames of bad) await shell.send(frames);
    await shell.send(good);
    while (!existsSync(`${folder}/good`)) await pause(50);
    await Deno.remove(`${folder}/good`);
    await shell.send(good); // again
    await shell.send(request(key, "last"));
    while (!existsSync(`${folder}/last`)) await pause(50);
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(files, ["connection.json", "last"]);
    shell.close();
  } finally {
    killIfThere(kernel.pid);
    await kernel.status;
    await Deno.remove(folder, { recursive: true });
  }
  const complaints = (await said).trim().split("\n");
  assert.equal(complaints.filter((line) => line.includes("wrong signature")).length, 3);
  assert.equal(complaints.filter((line) => line.includes("frames are missing")).length, 2);
  assert.equal(complaints.filter((line) => line.includes("twice")).length, 1);
});

Deno.test(
  "nothing is left running, however the kernel ends, and no connection file",
  { ignore: !linux },
  async () => {
    const tmp = await Deno.makeTempDir({ prefix: "espalier-kernel-" });
    for (const signal of ["SIGTERM", "SIGKILL", undefined] as const) {
      const word = `ESPALIER_TEST=${crypto.randomUUID()}`;
      await using driver = await startDriver({ env: { ESPALIER_TEST: word.split("=")[1]!, TMPDIR: tmp } });
      await driver.run("1");
      assert.deepEqual([...Deno.readDirSync(tmp)], [], "the connection file is gone while it runs");
      assert.ok(processesWith(word).length >= 2, "the kernel, the cells' process, and the language server");
      const loop = driver.run("while (true);").catch(() => {});
      await pause(200);
      if (signal) Deno.kill(driver.client.pid, signal);
      else driver.client.send("control", "shutdown_request", { restart: false });
      await driver.client.ended;
      await loop;
      await assertNoneLeft(word);
    }
    await Deno.remove(tmp, { recursive: true });
  },
);

Deno.test("a kernel that is killed while it starts leaves nothing either", { ignore: !linux }, async () => {
  for (const wait of [0, 30, 100, 250]) {
    const word = `ESPALIER_TEST=${crypto.randomUUID()}`;
    const tmp = await Deno.makeTempDir();
    const driver = await startDriver({ env: { ESPALIER_TEST: word.split("=")[1]!, TMPDIR: tmp } });
    await pause(wait);
    Deno.kill(driver.client.pid, "SIGKILL");
    await driver.client.ended;
    await assertNoneLeft(word);
    assert.deepEqual([...Deno.readDirSync(tmp)], []);
    await Deno.remove(tmp);
  }
});

Deno.test("the kernel ends with the program that started it", { ignore: !linux }, async () => {
  const word = `ESPALIER_TEST=${crypto.randomUUID()}`;
  const driver = new URL("./driver.ts", import.meta.url).href;
  const code = `import { startDriver } from "${driver}"; const d = await startDriver(); await d.run("1");
    console.log("runs"); await d.run("while (true);")`;
  const parent = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", code],
    env: { ESPALIER_TEST: word.split("=")[1]! },
    stdout: "piped",
  }).spawn();
  for await (const text of parent.stdout.pipeThrough(new TextDecoderStream())) {
    if (text.includes("runs")) break;
  }
  assert.ok(processesWith(word).length >= 3);
  parent.kill("SIGKILL");
  await parent.status;
  await assertNoneLeft(word);
});
