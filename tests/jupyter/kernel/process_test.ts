import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { encodeMessage } from "../../../kernels/jupyter/protocol/wire.ts";
import { startClient } from "../../../kernels/jupyter/protocol/client.ts";
import { seededRandom } from "../../../lib/random.ts";
import { startBare } from "./bare.ts";
import { pause, startDriver } from "./driver.ts";
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

Deno.test("a cells' process that is killed at random is told each time, and the next cell runs", {
  ignore: !linux,
}, async () => {
  await using driver = await startDriver();
  const random = seededRandom(3);
  const kinds = [
    "for (const end = Date.now() + 100; Date.now() < end;);",
    "await new Promise((done) => setTimeout(done, 100));",
    "for (let i = 0; i < 20; i++) { console.log(i); await new Promise((done) => setTimeout(done, 5)); }",
  ];
  for (let i = 0; i < 12; i++) {
    const pid = Number((await driver.run("Deno.pid")).value);
    const running = driver.run(kinds[i % kinds.length]!);
    await pause(random.uniform(0, 150));
    Deno.kill(pid, "SIGKILL");
    const lost: string[] = [];
    for (let seen = await running; lost.length === 0; seen = await driver.run("1")) {
      const told = [seen.reply.evalue, seen.printed].map(String).filter((text) => text.includes("is gone"));
      lost.push(...told);
    }
    assert.match(
      lost.join(),
      /^[Tt]he process [^,]* is gone \(it ended with SIGKILL[^:]*: its variables are lost/,
    );
    const next = await driver.run("1 + 1");
    assert.deepEqual([next.value, next.printed, next.late], ["2", "", []]);
  }
});

Deno.test("a cell asks the user and gets the answer", async () => {
  await using driver = await startDriver();
  const asking = driver.run('const name = prompt("name?"); `hello ${name}`', { allow_stdin: true });
  const { content } = await driver.until(({ type }) => type === "input_request");
  assert.match(String(content.prompt), /name\?/);
  driver.client.send("stdin", "input_reply", { value: "Ada", status: "ok" });
  assert.equal((await asking).value, '"hello Ada"');
  const deciding = driver.run("confirm('go on?')", { allow_stdin: true });
  const { content: asked } = await driver.until(({ type, content }) =>
    type === "input_request" && String(content.prompt).includes("go on?")
  );
  assert.equal(asked.password, false);
  driver.client.send("stdin", "input_reply", { value: "y", status: "ok" });
  assert.equal((await deciding).value, "true");
});

Deno.test("a connection file is for its user alone", { ignore: Deno.build.os === "windows" }, async () => {
  const argv = ["sh", "-c", 'stat -c "mode %a" "$0" || stat -f "mode %Lp" "$0"', "{connection_file}"];
  await assert.rejects(startClient({ argv, folder: "." }, () => {}), /mode 600/);
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
  const after = await driver.ask("control", "usage_request");
  assert.ok(Number(after.cpu_seconds) > before);
  assert.ok(Number(after.kernel_cpu) > 0 && Number(after.kernel_cpu) < 100 * Number(after.cpu_count));
});

Deno.test("unsigned, wrongly signed, repeated, cut and malformed messages run nothing, and the kernel goes on", async () => {
  const folder = await Deno.makeTempDir();
  const kernel = await startBare(folder);
  const { key } = kernel.connection;
  let complaints: string[] = [];
  try {
    const [shell, control] = [
      await kernel.connect("DEALER", "shell"),
      await kernel.connect("DEALER", "control"),
    ];
    const write = (name: string) => ({ code: `Deno.writeTextFileSync("${name}", "x")`, silent: false });
    const request = (by: string, name: string, type = "execute_request") =>
      encodeMessage({ key: by, session: "s" }, type, write(name)).frames;
    const good = request(key, "good");
    const utf8 = new TextEncoder();
    const bad = [
      request("other", "forged"),
      request("", "unsigned"),
      request(key, "cut").slice(0, -1),
      request(key, "changed").with(5, request(key, "forged")[5]!),
      [utf8.encode("nonsense")],
      ...MALFORMED.map((parts) => signed(key, parts)),
      request(key, "unknown", "no_such_request"),
      request(key, "inherited", "toString"),
    ];
    for (const socket of [shell, control]) for (const frames of bad) await socket.send(frames);
    await shell.send(good);
    while (!existsSync(`${folder}/good`)) await pause(50);
    await Deno.remove(`${folder}/good`);
    await shell.send(good); // again
    await shell.send(request(key, "last"));
    while (!existsSync(`${folder}/last`)) await pause(50);
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(files, ["connection.json", "last"]);
  } finally {
    complaints = await kernel.end();
    await Deno.remove(folder, { recursive: true });
  }
  const count = (words: RegExp) => complaints.filter((line) => words.test(line)).length;
  assert.equal(count(/wrong signature/), 6);
  assert.equal(count(/frames are missing/), 4);
  assert.equal(count(/twice/), 1);
  assert.equal(count(/Cannot answer (no_such_request|toString): unknown/), 4);
  assert.equal(count(/Cannot read a Jupyter message: (?!.*(signature|missing))/), 2 * MALFORMED.length);
});

/** What is signed rightly and no message all the same: header, parent's header, metadata and content. */
const HEADER = JSON.stringify({ msg_id: "m", session: "s", msg_type: "execute_request", version: "5.4" });
const MALFORMED: readonly (readonly string[])[] = [
  ["{", "{}", "{}", "{}"],
  ["null", "{}", "{}", "{}"],
  ["{}", "{}", "{}", "{}"],
  ["[]", "{}", "{}", "{}"],
  [HEADER, "{}", "{}", "nonsense"],
  [HEADER, "{}", "{}", "null"],
  [HEADER, "{}", "7", "{}"],
  [HEADER.replace('"m"', "{}"), "{}", "{}", "{}"],
];

function signed(key: string, parts: readonly string[]): Uint8Array[] {
  const signature = createHmac("sha256", key).update(parts.join("")).digest("hex");
  return ["<IDS|MSG>", signature, ...parts].map((part) => new TextEncoder().encode(part));
}

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
