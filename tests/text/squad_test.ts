import assert from "node:assert/strict";
import { readSquad, squad } from "../../lib/text/squad.ts";
import { context, file } from "./tower.ts";

Deno.test("places of answers are counted in characters, and checked", () => {
  const [first, second] = readSquad(file());
  assert.deepEqual(first!.answers, [{ text: "1889", start: context.indexOf("1889") }]);
  assert.deepEqual(second!.answers, [{ text: "330 metres", start: context.indexOf("330") }]);
  assert.throws(
    () => readSquad(file(3), "dev.json"),
    /dev.json: the answer "330 metres" of question q2 is not at place 3/,
  );
  assert.throws(() => readSquad(`{"data": 3}`), /data should be a list, found number/);
  assert.throws(() => readSquad("{"), SyntaxError);
  assert.throws(() => readSquad(`{"data": [{"paragraphs": [null]}]}`, "dev.json"), {
    name: "SyntaxError",
    message: /Cannot read dev.json as SQuAD 1.1: data\[0\].paragraphs\[0\] should be an object, found null/,
  });
});

Deno.test("a split that SQuAD does not have is told with those that it has", async () => {
  await assert.rejects(
    squad("test" as "dev", { folder: "/nowhere" }),
    /^RangeError: .* with split "test": expected "train" or "dev"$/,
  );
});

Deno.test("SQuAD that is nowhere says where it was looked for", async () => {
  await assert.rejects(squad("dev", { folder: "no/such" }), /looked for dev-v1.1.json, .* in no\/such/);
});
