import assert from "node:assert/strict";
import { openStore } from "../../lib/experiment/mod.ts";
import { openClaims } from "../../lib/experiment/store/claims.ts";
import { status } from "../../tasks/reproduce/status.ts";
import { TOY_RECORD } from "../experiment/toy_record.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("a store is told as empty only where there is nothing in it", () =>
  inFolder(async (folder) => {
    assert.match(await status(folder), /^The store \S+ is empty: nothing was run yet$/);
    const claims = await openClaims(folder);
    assert.ok(await claims.take(TOY_RECORD.name));
    assert.match(await status(folder), / MB, 1 units under way\nNothing is done yet/);
    await claims.give(TOY_RECORD.name);
    await claims.close();
    await openStore(folder).write(TOY_RECORD);
    assert.match(await status(folder), /no units under way\n\nunits +done.*\ntoy\/kind +1 /);
    await Deno.writeTextFile(`${folder}/records/ab/${TOY_RECORD.name}.json`, "{");
    assert.match(await status(folder), /Nothing is done yet[^]*\n\nDamaged, and computed again .*ab\.json: /);
  }));
