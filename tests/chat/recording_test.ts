import assert from "node:assert/strict";
import { endpointChat } from "../../lib/chat/endpoint_chat.ts";
import { ChatFailure, TRIED_AGAIN } from "../../lib/chat/failure.ts";
import { recordedChat } from "../../lib/chat/recorded_chat.ts";
import { appendCall, isSettled, outcomeOf, readRecording, toRecorded } from "../../lib/chat/recording.ts";
import { requestHash } from "../../lib/chat/request.ts";
import { ask, withPath } from "./ask.ts";
import * as acts from "./loopback_server.ts";
import { loopbackServer } from "./loopback_server.ts";

Deno.test("a recording that was changed is refused, one that was cut off is read", async () => {
  await using server = loopbackServer(() => acts.good);
  await withPath(async (path) => {
    const chat = await recordedChat({ path, missing: endpointChat({ baseURL: server.baseURL }) });
    await chat(ask("why?"));
    await chat(ask("how?"));
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.slice(0, -40));
    assert.equal((await readRecording(path)).length, 1);
    const changed = text.replace('"content":"how?"', '"content":"who?"');
    await Deno.writeTextFile(path, changed);
    const told: string[] = [];
    assert.equal((await readRecording(path, (problem) => told.push(problem))).length, 1);
    assert.match(told.join(), /^line 4 of .*: its checksum is wrong/);
    await assert.rejects((await recordedChat({ path }))(ask("how?")), /passed over: line 4 of/);
    const bare = (text: string) => text.replaceAll(/,"espalier_crc32":"[0-9a-f]{8}"/g, "");
    await Deno.writeTextFile(path, bare(changed));
    await assert.rejects(
      recordedChat({ path }),
      /Cannot replay .*: call 2 has another hash than its request/,
    );
    await Deno.writeTextFile(path, bare(text.replace('"seed":0', '"seed":1e400')));
    await assert.rejects(recordedChat({ path }), /Cannot replay .*: call 1 has another hash/);
    await Deno.writeTextFile(path, bare(text.replace('"finishReason"', '"content":7,"finishReason"')));
    const missed: string[] = [];
    assert.equal((await readRecording(path, (problem) => missed.push(problem))).length, 1);
    assert.match(missed.join(), /^line \d of .*: reply\.content should be a text, found 7/);
    await Deno.writeTextFile(path, bare(text.replace('"reply"', '"rep1y"')));
    await assert.rejects(recordedChat({ path }), /Cannot replay .*: call 1 has no answer/);
  });
});

Deno.test("a failure is thrown again as it was, and asked again only where it may pass", async () => {
  const usage = { promptTokens: 3, completionTokens: 1, estimated: true };
  const recorded = (kind: ChatFailure["kind"]) => ({
    hash: requestHash(ask("why?")),
    sample: 0,
    request: ask("why?"),
    failure: toRecorded(new ChatFailure(kind, "no", { usage, partial: "so", tries: 2, latencyMs: 5 })),
  });
  await withPath(async (path) => {
    await appendCall(path, recorded("length"));
    const [call] = await readRecording(path);
    const thrown = { kind: "length", message: "no", usage, partial: "so", tries: 2, latencyMs: 5 };
    assert.throws(() => outcomeOf(call!), thrown);
  });
  const kinds = Object.keys(TRIED_AGAIN) as ChatFailure["kind"][];
  assert.deepEqual(
    kinds.filter((kind) => isSettled(recorded(kind))),
    ["length", "filtered", "refused", "tool-call", "empty"],
  );
});
