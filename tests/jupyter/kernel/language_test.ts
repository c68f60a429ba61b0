import assert from "node:assert/strict";
import { type Driver, pause, startDriver } from "./driver.ts";
import { processesWith } from "./processes.ts";

const linux = Deno.build.os === "linux";

/** Language servers among the processes with this word in their environment. */
function serversWith(word: string): number[] {
  return processesWith(word).filter((pid) => /\0lsp\0/.test(Deno.readTextFileSync(`/proc/${pid}/cmdline`)));
}

/** A strict cell waits for the language server: it is warm then. */
async function whenWarm(driver: Driver): Promise<void> {
  const { reply } = await driver.run("%%strict\nconst wrong: string = 1;", { stop_on_error: false });
  assert.equal(reply.ename, "TypeCheckError");
}

Deno.test("a cell that does not parse says where, with its line marked, and runs nothing", async () => {
  await using driver = await startDriver();
  const { reply, outputs } = await driver.run("let ran = 1;\nconst = 2;");
  assert.deepEqual([reply.status, reply.ename], ["error", "SyntaxError"]);
  assert.deepEqual(outputs.map(({ type }) => type), ["error"]);
  assert.match((outputs[0]!.content.traceback as string[]).join("\n"), /2 \| const = 2;\n {10}\^/);
  assert.equal((await driver.run("typeof ran")).value, '"undefined"');
});

Deno.test({
  name: "a language server that ended is followed by another, which knows the cells",
  ignore: !linux,
}, async () => {
  const word = crypto.randomUUID();
  await using driver = await startDriver({ env: { ESPALIER_TEST_WORD: word } });
  await driver.run("const known = 7;");
  await whenWarm(driver);
  const servers = serversWith(word);
  assert.equal(servers.length, 1);
  Deno.kill(servers[0]!, "SIGKILL");
  await pause(500);
  assert.equal((await driver.run("%%strict\nknown.toFixed(1)")).value, '"7.0"');
  assert.equal((await driver.run("%%strict\nknown.toFixd(1)")).reply.ename, "TypeCheckError");
});

Deno.test("a completion is found at the first try, though the server only begins, in any folder", async () => {
  const parent = await Deno.makeTempDir();
  const folder = `${parent}/№1 #2? 100% [%20]`;
  await Deno.mkdir(folder);
  const module = "export function cut(width: number, options: { roundTo?: number } = {}): number {\n" +
    "  return width - (options.roundTo ?? 0);\n}\n";
  await Deno.writeTextFile(`${folder}/cut.ts`, module);
  try {
    await using driver = await startDriver({ folder, limit: 90 });
    await driver.run('import { cut } from "./cut.ts"; const known = 7;');
    const complete = async (code: string) => {
      const { matches } = await driver.ask("shell", "complete_request", { code, cursor_pos: code.length });
      return matches;
    };
    assert.deepEqual(await complete("cut(1, { roun"), ["roundTo"]);
    assert.deepEqual(await complete("kno"), ["known"]);
    const strict = await driver.run("%%strict\ncut(known, { roundto: 8 })");
    assert.equal(strict.reply.ename, "TypeCheckError");
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

Deno.test("type errors are warnings above the output; %%strict makes them stop the cell", async () => {
  const folder = await Deno.makeTempDir();
  const module =
    "/** Cuts a model down. */\nexport function cut(width: number, options: { roundTo?: number } = {}): string {\n" +
    "  return `${width} ${options.roundTo}`;\n}\n";
  await Deno.writeTextFile(`${folder}/cut.ts`, module);
  try {
    await using driver = await startDriver({ folder });
    await driver.run('import { cut } from "./cut.ts"; const known = 7;');
    await whenWarm(driver);
    const seen = await driver.run("cut(known, { roundto: 8 })");
    assert.match(
      seen.printed,
      /^Warning: .*Did you mean to write 'roundTo'\?\n1 \| cut\(known, \{ roundto: 8 \}\)\n {17}\^{7}\n$/,
    );
    assert.equal(seen.value, '"7 undefined"', "it runs all the same");
    const strict = await driver.run("%%strict\ncut(known, { roundto: 8 }); console.log('ran');");
    assert.equal(strict.reply.ename, "TypeCheckError");
    assert.match(String((strict.reply.traceback as string[])[1]), /^2 \| cut/);
    assert.equal(strict.printed, "", "it did not run");
    // What the kernel allows is no error: a name again, a parameter without a type.
    const fine = await driver.run(
      "%%strict\nconst known = 'text'; function f(x) { return x } f(known.length)",
    );
    assert.deepEqual([fine.value, fine.printed], ["4", ""]);

    const hover = await driver.ask("shell", "inspect_request", {
      code: "cut(1)",
      cursor_pos: 2,
      detail_level: 0,
    });
    const markdown = (hover.data as Record<string, string>)["text/markdown"]!;
    assert.match(markdown, /cut\(width: number.*Cuts a model down\./s);
    assert.equal(markdown.match(/^```/gm)!.length % 2, 0, "what opens a piece of code is closed");
    assert.doesNotMatch((hover.data as Record<string, string>)["text/plain"]!, /```/);
    const call = await driver.ask("shell", "inspect_request", {
      code: "/*é𝒳*/ cut( )",
      cursor_pos: 12,
      detail_level: 0,
    });
    assert.match((call.data as Record<string, string>)["text/plain"]!, /^cut\(width: number/);
    const none = await driver.ask("shell", "inspect_request", { code: "  ", cursor_pos: 1, detail_level: 0 });
    assert.deepEqual([none.status, none.found], ["ok", false]);
    const tab = await driver.ask("shell", "complete_request", {
      code: "/*𝒳*/ cut(1, { roun",
      cursor_pos: 19,
    });
    assert.deepEqual([tab.matches, tab.cursor_start, tab.cursor_end], [["roundTo"], 15, 19]);
    const names = await driver.ask("shell", "complete_request", { code: "kno", cursor_pos: 3 });
    assert.ok((names.matches as string[]).includes("known"), "what an earlier cell declared");
    const inner = await driver.ask("shell", "complete_request", { code: "_", cursor_pos: 1 });
    assert.deepEqual((inner.matches as string[]).filter((name) => /known|wrong|espalier/.test(name)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a cold server is waited for by strict cells alone, which say so and can be stopped", async () => {
  await using driver = await startDriver();
  const begun = performance.now();
  assert.equal((await driver.run("1 + 1")).value, "2");
  const quick = performance.now() - begun;
  const strict = await driver.run("%%strict\nconst wrong: string = 1; console.log('ran')");
  assert.equal(strict.reply.ename, "TypeCheckError");
  assert.match(strict.printed, /^(The cell is checked before it runs …\n)?$/);
  assert.ok(quick < 30_000);
});

Deno.test("a strict cell that waits for its check is stopped by one press", { ignore: !linux }, async () => {
  const word = crypto.randomUUID();
  await using driver = await startDriver({ env: { ESPALIER_TEST_WORD: word } });
  await whenWarm(driver);
  const [server] = serversWith(word);
  Deno.kill(server!, "SIGSTOP");
  const running = driver.run("%%strict\nconsole.log('ran')");
  const { parent } = await driver.until(({ type, content }) =>
    type === "execute_input" && String(content.code).includes("ran")
  );
  await driver.until((message) => message.type === "stream" && message.parent === parent);
  await driver.ask("control", "interrupt_request");
  const { reply, printed } = await running;
  assert.deepEqual([reply.ename, printed], ["Interrupted", "The cell is checked before it runs …\n"]);
  Deno.kill(server!, "SIGCONT");
  assert.equal((await driver.run("%%strict\n1 + 1")).value, "2");
});

Deno.test("what is found too late is said while the cell runs, or with the next one: nothing is lost", {
  ignore: !linux,
}, async () => {
  const word = crypto.randomUUID();
  await using driver = await startDriver({ env: { ESPALIER_TEST_WORD: word } });
  await whenWarm(driver);
  const [server] = serversWith(word);
  const warning = "Warning: Type 'string' is not assignable to type 'number'\n1 | const size";
  const wrong = 'const size: number = "12";';
  Deno.kill(server!, "SIGSTOP");
  const running = driver.run(
    `${wrong} console.log("runs"); await new Promise((done) => setTimeout(done, 1500));`,
  );
  await driver.until(({ type, content }) => type === "stream" && content.text === "runs\n");
  Deno.kill(server!, "SIGCONT");
  const slow = await running;
  assert.ok(slow.printed.startsWith(`runs\n${warning}`), slow.printed);
  Deno.kill(server!, "SIGSTOP");
  const begun = performance.now();
  const quick = await driver.run(`${wrong} 7`);
  assert.ok(performance.now() - begun < 5000, "it is not waited for longer");
  assert.deepEqual([quick.value, quick.printed], ["7", ""]);
  Deno.kill(server!, "SIGCONT");
  let next = "";
  for (let i = 0; i < 50 && next === ""; i++) next = (await driver.run("8")).printed;
  assert.ok(next.startsWith(`Of cell [${quick.reply.execution_count}]: ${warning}`), next);
  assert.deepEqual([slow.late, quick.late], [[], []]);
});

Deno.test("a cell that runs again is checked as what it is now, and so are those that use it", async () => {
  await using driver = await startDriver();
  await whenWarm(driver);
  const run = (id: string, code: string) => driver.run(`%%strict\n${code}`, {}, { cellId: id });
  assert.equal((await run("a", "const size = 1; const other = 2; size")).value, "1");
  assert.equal((await run("b", "size.toFixed(1)")).value, '"1.0"');
  assert.equal((await run("a", "const size = 'one'; size")).value, '"one"');
  const { reply } = await run("b", "size.toFixed(1)");
  assert.match(String(reply.evalue), /toFixed/);
  assert.equal((await run("b", "size.length")).value, "3");
});

Deno.test("awaits of every kind at the top level of a cell are no type errors", async () => {
  await using driver = await startDriver();
  const cells = [
    "await using file = { async [Symbol.asyncDispose]() {} }; 1",
    "{ using file = { [Symbol.dispose]() {} }; } 2",
    "for await (const x of [Promise.resolve(1)]) { x.toFixed(); } 3",
    "await Promise.resolve(); 4",
  ];
  for (const [i, code] of cells.entries()) {
    const { value, reply } = await driver.run(`%%strict\n${code}`);
    assert.deepEqual([value, reply.evalue], [String(i + 1), undefined], code);
  }
});

Deno.test("an imported name that is not there is told, by the cell itself where the server did not look", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${folder}/teams.ts`,
    "export function trainTeamChooser() {}\nexport interface Team { size: number }\nexport const size = 1;\n",
  );
  try {
    // The server only just begins, so the cell looks by itself.
    await using driver = await startDriver({ folder });
    const first = await driver.run(
      "import { trainTeamChoser, size as many, Team, type Team as T } from './teams.ts'; const team: Team = { size: many };\n" +
        "typeof trainTeamChoser + team.size",
    );
    assert.equal(first.value, '"undefined1"', "it runs all the same, and types are no mistake");
    assert.equal(
      first.printed,
      'Warning: "./teams.ts" exports no trainTeamChoser, which is undefined therefore: did you mean ' +
        "trainTeamChooser?\n",
    );
    assert.equal(first.outputs[0]!.type, "stream", "the warning stands above");
    const strict = await driver.run("%%strict\nimport teams from './teams.ts'\nconsole.log('ran')");
    assert.equal(strict.reply.ename, "TypeCheckError");
    assert.ok(!strict.printed.includes("ran"));
    const fine = await driver.run("import { trainTeamChooser } from './teams.ts'", { stop_on_error: false });
    assert.deepEqual([fine.reply.status, fine.printed, fine.value], ["ok", "", undefined]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a cell is complete, wants more or is invalid", async () => {
  await using driver = await startDriver();
  const cases = {
    "1 + 1": "complete",
    "await x": "complete",
    "if (a) {": "incomplete",
    "f(`a": "incomplete",
    "const = 1": "invalid",
    "%%strict\nconst x = 1": "complete",
    "%%strict\nif (a) {": "incomplete",
  };
  for (const [code, status] of Object.entries(cases)) {
    assert.equal((await driver.ask("shell", "is_complete_request", { code })).status, status, code);
  }
});
