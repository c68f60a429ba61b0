import assert from "node:assert/strict";
import { claimedUnits, openClaims } from "../../../lib/experiment/store/claims.ts";
import { inFolder } from "../../in_folder.ts";

Deno.test("a unit is one leader's until it is given back", () =>
  inFolder(async (folder) => {
    const [a, b] = [await openClaims(folder), await openClaims(folder)];
    assert.deepEqual([await a.take("x"), await a.take("x"), await b.take("x"), await b.take("y")], [
      true,
      true,
      false,
      true,
    ]);
    assert.deepEqual((await claimedUnits(folder)).sort(), ["x", "y"]);
    await a.give("x");
    assert.equal(await b.take("x"), true);
    await b.close();
    assert.deepEqual([await claimedUnits(folder), await a.take("x"), await a.take("y")], [[], true, true]);
    await a.close();
    assert.deepEqual(await Array.fromAsync(Deno.readDir(`${folder}/leaders`)), []);
  }));

Deno.test("what a leader that was killed had claimed can be taken, by one of many", () =>
  inFolder(async (folder) => {
    const module = new URL("../../../lib/experiment/store/claims.ts", import.meta.url).href;
    const program = `const { openClaims } = await import("${module}");` +
      `const claims = await openClaims(${JSON.stringify(folder)});` +
      `await claims.take("x"); console.log("taken"); setInterval(() => {}, 1000);`;
    const child = new Deno.Command(Deno.execPath(), { args: ["eval", program], stdout: "piped" }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    const claims = await Promise.all(Array.from({ length: 8 }, () => openClaims(folder)));
    assert.deepEqual(await Promise.all(claims.map((one) => one.take("x"))), claims.map(() => false));
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    // At one moment a claim may look taken to all: those that wait look again.
    let takers: number[] = [];
    for (let round = 0; round < 10 && takers.length === 0; round++) {
      const taken = await Promise.all(claims.map((one) => one.take("x")));
      takers = taken.flatMap((mine, i) => mine ? [i] : []);
    }
    assert.equal(takers.length, 1);
    for (const one of claims) await one.close();
  }));
