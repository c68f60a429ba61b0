import assert from "node:assert/strict";
import { askTeam } from "../../../lib/agents/asking/ask_team.ts";
import { fakeChat, personaOf, promptIn } from "./fake_chat.ts";
import { model, team } from "./speaker.ts";

Deno.test("the four ways to decide", async () => {
  const says: Record<string, string> = {
    Ann: "The answer is 7",
    Bob: "It is 8",
    Cid: "so the answer is 7.0",
    Dan: "9?",
  };
  const run = (decision: "refer" | "write-code" | "majority-vote" | "last") => {
    const chat = fakeChat((request) => says[personaOf(request)] ?? `decided: ${heardOf(promptIn(request))}`);
    return askTeam(team(4), "how many?", { chat, model, decision }).then((
      { answer },
    ) => [answer, chat.asked.length]);
  };
  const heardOf = (prompt: string) => [...prompt.matchAll(/\[(\w+)\]/g)].map(([, role]) => role).join(" ");
  assert.deepEqual(await run("refer"), ["decided: Ann Bob Cid Dan", 5]);
  assert.deepEqual(await run("write-code"), ["decided: Ann Bob Cid Dan", 5]);
  assert.deepEqual(await run("last"), ["9?", 4]);
  assert.deepEqual(await run("majority-vote"), ["The answer is 7", 4]);
  says.Cid = "It is 8"; // two to one
  assert.deepEqual(await run("majority-vote"), ["It is 8", 4]);
  says.Dan = "7"; // two to two: the answer that was given first
  assert.deepEqual(await run("majority-vote"), ["The answer is 7", 4]);
  Object.assign(says, { Ann: "?", Bob: "?", Cid: "?", Dan: "?" });
  assert.deepEqual(await run("majority-vote"), ["?", 4]);
});
