import assert from "node:assert/strict";
import type { Chat } from "../../lib/chat/chat.ts";
import { endpointChat } from "../../lib/chat/endpoint_chat.ts";
import { ChatFailure } from "../../lib/chat/failure.ts";
import { recordedChat, replayChat } from "../../lib/chat/recorded_chat.ts";
import { requestHash } from "../../lib/chat/request.ts";
import { NO_USAGE } from "../../lib/chat/reply.ts";
import { readRecording, toRecorded } from "../../lib/chat/recording.ts";
import { ask, withPath } from "./ask.ts";
import { fakeClock } from "./fake_clock.ts";
import * as acts from "./loopback_server.ts";
import { answerTo, loopbackServer } from "./loopback_server.ts";

/** What calls come to: replies, or the failures as they are thrown. */
const outcomes = (calls: Promise<unknown>[]) =>
  Promise.all(calls.map((call) =>
    call.catch((error) => {
      if (!(error instanceof ChatFailure)) throw error;
      const { kind, message, usage, partial, tries, latencyMs } = error;
      return { kind, message, usage, partial, tries, latencyMs };
    })
  ));

Deno.test("a recording replays bit for bit: answers, failures, samples, without asking anybody", async () => {
  await using server = loopbackServer(({ body }) => {
    const question = body.messages.at(-1)!.content;
    if (question === "long") return acts.whole({ finish_reason: "length" });
    return question === "refused" ? acts.whole({ message: { content: null, refusal: "no" } }) : acts.good;
  });
  await withPath(async (path) => {
    const play = (chat: Chat) =>
      outcomes([
        chat(ask("why?"), { place: { run: "r", task: "t", agent: 2, role: "Planner", round: 0 } }),
        chat(ask("why?"), { sample: 1 }),
        chat(ask("long")),
        chat(ask("refused")),
        chat(ask("how?", { temperature: 0.7 })),
      ]);
    const first = await play(
      await recordedChat({ path, missing: endpointChat({ baseURL: server.baseURL }) }),
    );
    assert.equal(server.seen.length, 5);
    assert.equal(JSON.stringify(await play(await recordedChat({ path }))), JSON.stringify(first));
    assert.equal(JSON.stringify(await play(replayChat(await readRecording(path)))), JSON.stringify(first));
    const again = await recordedChat({ path, missing: () => assert.fail("asked for what is recorded") });
    assert.deepEqual(await play(again), first);
    const call = (await readRecording(path)).find(({ place }) => place !== undefined);
    assert.deepEqual(call!.place, { run: "r", task: "t", agent: 2, role: "Planner", round: 0 });
    assert.deepEqual(call!.request, ask("why?"));
    assert.deepEqual(first.map((one) => (one as ChatFailure).kind), [
      undefined,
      undefined,
      "length",
      "refused",
      undefined,
    ]);
  });
});

Deno.test("a strict recording says what it lacks", async () => {
  await withPath(async (path) => {
    const chat = await recordedChat({ path });
    await assert.rejects(chat(ask("why?"), { sample: 3 }), (error: ChatFailure) => {
      assert.equal(error.kind, "not-recorded");
      assert.match(
        error.message,
        /no answer to sample 3 of request [0-9a-f]{12}, to any, which ends with "why\?"/,
      );
      return true;
    });
  });
});

Deno.test("calls for one answer at the same time are one call, and other samples are others", async () => {
  await using server = loopbackServer(() => acts.good);
  await withPath(async (path) => {
    const chat = await recordedChat({ path, missing: endpointChat({ baseURL: server.baseURL }) });
    const replies = await Promise.all([0, 0, 0, 1, 1].map((sample) => chat(ask("why?"), { sample })));
    assert.deepEqual(
      replies.map(({ content }) => content),
      [0, 0, 0, 1, 1].map((seed) => `Ünswer № ${seed} to «why?»`),
    );
    assert.deepEqual([server.seen.length, (await readRecording(path)).length], [2, 2]);
  });
});

Deno.test("one caller's deadline is not another's: who has time left gets the answer", async () => {
  await using server = loopbackServer((_, times) => times === 0 ? acts.stalls : acts.good);
  await withPath(async (path) => {
    const chat = await recordedChat({ path, missing: endpointChat({ baseURL: server.baseURL }) });
    const [hasty, patient] = await outcomes([
      chat(ask("why?"), { signal: AbortSignal.timeout(50) }),
      chat(ask("why?")),
    ]);
    assert.equal((hasty as ChatFailure).kind, "deadline");
    assert.equal(
      (patient as { content: string }).content,
      answerTo({ ...ask("why?"), messages: [{ role: "user", content: "why?" }] }),
    );
  });
});

Deno.test("who waits for another's call waits no longer than their own signal, and the call goes on", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = loopbackServer(() => async (exchange) => {
    await gate.promise;
    return acts.good(exchange);
  });
  await withPath(async (path) => {
    const chat = await recordedChat({ path, missing: endpointChat({ baseURL: server.baseURL }) });
    const first = chat(ask("why?"));
    const stop = new AbortController();
    const joined = chat(ask("why?"), { signal: stop.signal });
    stop.abort(new Error("enough"));
    await assert.rejects(joined, { kind: "aborted" });
    gate.resolve();
    assert.equal(typeof (await first).content, "string");
    assert.equal(server.seen.length, 1);
  });
});

Deno.test("a failure that may pass takes nothing from an answer that a recording has, in whatever order", async () => {
  const request = ask("why?");
  const base = { hash: requestHash(request), sample: 0, request };
  const failed = { ...base, failure: toRecorded(new ChatFailure("server", "down")) };
  const answered = {
    ...base,
    reply: {
      content: "because",
      finishReason: "stop",
      usage: NO_USAGE,
      lost: NO_USAGE,
      tries: 1,
      model: "any",
      endpoint: "none",
    },
  };
  const newer = { ...base, failure: toRecorded(new ChatFailure("busy", "full")) };
  for (const calls of [[failed, answered], [answered, failed]]) {
    assert.equal((await replayChat(calls)(request)).content, "because");
  }
  await assert.rejects(replayChat([failed, newer])(request), { kind: "busy" });
});

Deno.test("what failed in a way that may pass is asked again, but replayed strictly as it was", async () => {
  await using server = loopbackServer((_, times) => times === 0 ? acts.status(500) : acts.good);
  await withPath(async (path) => {
    const missing = endpointChat({ baseURL: server.baseURL }, { tries: 1, clock: fakeClock() });
    const [failed] = await outcomes([(await recordedChat({ path, missing }))(ask("why?"))]);
    assert.equal((failed as ChatFailure).kind, "server");
    assert.deepEqual(await outcomes([(await recordedChat({ path }))(ask("why?"))]), [failed]);
    const [answered] = await outcomes([(await recordedChat({ path, missing }))(ask("why?"))]);
    assert.equal((answered as { tries: number }).tries, 1);
    assert.deepEqual(await outcomes([(await recordedChat({ path }))(ask("why?"))]), [answered]); // the later line counts
  });
});

/** A program that asks twenty questions, one after the other and some together. */
const PROGRAM = (path: string, baseURL: string) => `
import { endpointChat } from ${
  JSON.stringify(new URL("../../lib/chat/endpoint_chat.ts", import.meta.url).href)
};
import { recordedChat } from ${
  JSON.stringify(new URL("../../lib/chat/recorded_chat.ts", import.meta.url).href)
};
const chat = await recordedChat({
  path: ${JSON.stringify(path)},
  missing: endpointChat({ baseURL: ${JSON.stringify(baseURL)}, limits: { concurrency: 3 } }),
});
const replies = await Promise.all(Array.from({ length: 20 }, (_, i) =>
  chat({ model: "any", messages: [{ role: "user", content: "question " + i }], temperature: 0, seed: 0, maxTokens: 9 })));
console.log(JSON.stringify(replies.map(({ content }) => content)));
`;

Deno.test("a run that is killed and started again goes on from its record: nothing lost, paid or answered twice", async () => {
  const paid = new Map<string, number>();
  let victim: Deno.ChildProcess | undefined;
  // A server that knows idempotency keys charges once for a call that was cut off on its way back.
  await using server = loopbackServer(() => (exchange) => {
    const key = exchange.headers.get("idempotency-key")!;
    paid.set(key, (paid.get(key) ?? 0) + 1);
    if (paid.size === 9) victim?.kill("SIGKILL");
    return acts.good(exchange);
  });
  await withPath(async (path) => {
    const start = () =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "-A", "--no-lock", "-"],
        cwd: new URL("../../", import.meta.url),
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    const run = async (mayDie: boolean) => {
      const process = start();
      victim = mayDie ? process : undefined;
      const writer = process.stdin.getWriter();
      await writer.write(new TextEncoder().encode(PROGRAM(path, server.baseURL)));
      await writer.close();
      return await process.output();
    };
    assert.equal((await run(true)).signal, "SIGKILL");
    const recorded = (await readRecording(path)).map(({ hash }) => hash);
    assert.ok(recorded.length >= 1 && recorded.length < 9, `${recorded.length} were recorded`);
    const before = new Map(paid);
    const { code, stdout, stderr } = await run(false);
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const contents: string[] = JSON.parse(new TextDecoder().decode(stdout));
    assert.deepEqual(contents, contents.map((_, i) => `Ünswer № 0 to «question ${i}»`));
    for (const hash of recorded) {
      assert.equal(paid.get(hash), before.get(hash), "asked again for what was recorded");
    }
    assert.equal(paid.size, 20); // every call keeps its name over the kill
    // Only what was on its way, to the process or to the disk, when it died was asked twice.
    assert.ok([...paid.values()].filter((times) => times > 1).length <= before.size - recorded.length);
    const all = (await readRecording(path)).map(({ hash }) => hash);
    assert.deepEqual([all.length, new Set(all).size], [20, 20]);
  });
});

Deno.test("a recording that cannot be written is refused before anybody is asked", async () => {
  await using server = loopbackServer(() => acts.good);
  const missing = endpointChat({ baseURL: server.baseURL });
  await withPath(async (path) => {
    for (const place of [`${path}/no/folder.jsonl`, path.slice(0, path.lastIndexOf("/"))]) {
      await assert.rejects(
        async () => await (await recordedChat({ path: place, missing }))(ask("why?")),
        /^Error: Cannot record calls: .* cannot be added to, .*; name a file in a folder/,
      );
    }
    assert.equal(server.seen.length, 0);
    // Who only reads needs no right to write.
    await Deno.writeTextFile(path, "");
    await Deno.chmod(path, 0o400);
    await recordedChat({ path });
  });
});
