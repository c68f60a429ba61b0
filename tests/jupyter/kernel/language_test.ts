import assert from "node:assert/strict";
import { type Driver, pause, type SeenCell, startDriver } from "./driver.ts";
import { processesWith } from "./processes.ts";

/** Runs a cell until the language server is warm: nobody waits for it before. */
async function whenWarm(driver: Driver): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    const { reply } = await driver.run("%%strict\nconst wrong: string = 1;", { stop_on_error: false });
    if (reply.ename === "TypeCheckError") return;
    await pause(200);
  }
  throw new Error("the language server did not become warm");
}

/** A cell with %%strict, again where a busy machine did not check it in time: it says so. */
async function strictly(driver: Driver, code: string): Promise<SeenCell> {
  let seen = await driver.run(`%%strict\n${code}`);
  for (let tries = 0; tries < 50 && seen.printed.startsWith("Not checked"); tries++) {
    seen = await driver.run(`%%strict\n${code}`);
  }
  return seen;
}

/** A check has 100 ms, which a busy machine may need for other things: the same cell again is checked then. */
async function checked(driver: Driver, code: string): Promise<SeenCell> {
  let seen = await driver.run(code);
  for (let tries = 0; tries < 50 && seen.printed === ""; tries++) seen = await driver.run(code);
  return seen;
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
  name:
    "a language server that ended is followed by another, which knows the cells; what it did not check is told",
  ignore: Deno.build.os !== "linux",
}, async () => {
  const word = crypto.randomUUID();
  await using driver = await startDriver({ env: { ESPALIER_TEST_WORD: word } });
  await driver.run("const known = 7;");
  await whenWarm(driver);
  const servers = processesWith(word).filter((pid) =>
    /\0lsp\0/.test(Deno.readTextFileSync(`/proc/${pid}/cmdline`))
  );
  assert.equal(servers.length, 1);
  Deno.kill(servers[0]!, "SIGKILL");
  await pause(500);
  const { printed, value } = await driver.run("%%strict\nconst wrong: string = 1; wrong");
  assert.match(printed, /^Not checked: /);
  assert.equal(value, "1");
  await whenWarm(driver);
  assert.equal((await strictly(driver, "known.toFixed(1)")).value, '"7.0"');
  assert.equal((await strictly(driver, "known.toFixd(1)")).reply.ename, "TypeCheckError");
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
    const seen = await checked(driver, "cut(known, { roundto: 8 })");
    assert.match(
      seen.printed,
      /^Warning: .*Did you mean to write 'roundTo'\?\n1 \| cut\(known, \{ roundto: 8 \}\)\n {17}\^{7}\n$/,
    );
    assert.equal(seen.value, '"7 undefined"', "it runs all the same");
    assert.equal(seen.outputs[0]!.type, "stream", "the warning stands above");
    const strict = await strictly(driver, "cut(known, { roundto: 8 }); console.log('ran');");
    assert.equal(strict.reply.ename, "TypeCheckError");
    assert.match(String((strict.reply.traceback as string[])[1]), /^2 \| cut/);
    assert.equal(strict.printed, "", "it did not run");
    // What the kernel allows is no error: a name again, a parameter without a type.
    const fine = await strictly(driver, "const known = 'text'; function f(x) { return x } f(known.length)");
    assert.deepEqual([fine.value, fine.printed], ["4", ""]);

    const hover = await driver.ask("shell", "inspect_request", {
      code: "cut(1)",
      cursor_pos: 2,
      detail_level: 0,
    });
    const markdown = (hover.data as Record<string, string>)["text/markdown"]!;
    assert.match(markdown, /cut\(width: number.*Cuts a model down\./s);
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
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a cold server is not waited for, and %%strict says that it was not asked", async () => {
  await using driver = await startDriver();
  const first = await driver.run("%%strict\n1 + 1");
  assert.equal(first.value, "2");
  assert.match(first.printed, /^Not checked: the language server is not ready yet/);
});

Deno.test("what the server finds too late is said while the cell runs, and not after it", async () => {
  await using driver = await startDriver();
  const wrong = 'const size: number = "12";';
  const quick = await driver.run(wrong); // the server is cold
  const running = driver.run(`${wrong} await new Promise(() => {});`);
  const { content } = await driver.until(({ type, content }) =>
    type === "stream" && content.name === "stderr"
  );
  assert.match(
    String(content.text),
    /^Warning: Type 'string' is not assignable to type 'number'\n1 \| const size/,
  );
  await driver.ask("control", "interrupt_request");
  assert.equal((await running).reply.ename, "Interrupted");
  // Where the server was quicker than the first cell, its warning stands before the cell's end.
  assert.match(quick.printed, /^(Warning: Type 'string'[^]*)?$/);
  assert.deepEqual(quick.late, []);
});

Deno.test("an imported name that is not there is told, by the cell itself where the server did not look", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${folder}/teams.ts`,
    "export function trainTeamChooser() {}\nexport interface Team { size: number }\nexport const size = 1;\n",
  );
  try {
    // The server starts with the first cell, which is never checked therefore.
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
    assert.match(String(strict.reply.ename), /^(ImportError|TypeCheckError)$/); // the server may be warm by now
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
  };
  for (const [code, status] of Object.entries(cases)) {
    assert.equal((await driver.ask("shell", "is_complete_request", { code })).status, status, code);
  }
});
