import assert from "node:assert/strict";
import { askTeam } from "../../lib/agents/asking/ask_team.ts";
import type { Team } from "../../lib/agents/team.ts";
import type { Chat } from "../../lib/chat/chat.ts";
import { endpointChat } from "../../lib/chat/endpoint_chat.ts";
import { ChatFailure } from "../../lib/chat/failure.ts";
import { hasLlamaServer, llamaServer } from "../../lib/chat/llama_server.ts";
import { recordedChat } from "../../lib/chat/recorded_chat.ts";
import { inFolder } from "../in_folder.ts";
import { dataFile } from "../data.ts";

const model = dataFile("lm/stories260K-f32.gguf");
const python = Deno.env.get("ESPALIER_PYTHON") ?? "python3";

const ignore = model === undefined || !await hasLlamaServer({ python });

Deno.test({
  name: "llama.cpp's own server answers: tokens counted, a team run, recorded and replayed",
  ignore,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/recording.jsonl`;
    const server = await llamaServer(model!, { python });
    assert.ok(server);
    const agents = ["Ann", "Bob"].map((role) => ({ role, persona: `You are ${role}.` }));
    const team: Team = { agents, links: [[0, 1]] };
    // A model of stories does not stop by itself: its answer is the first sentence.
    const play = async (chat: Chat) =>
      await askTeam(team, "Tell me a story.", {
        chat: (request, call) => chat({ ...request, stop: ["."] }, call),
        model: "stories260K",
        maxTokens: 200,
        decision: "last",
      });
    const chat = endpointChat(server.endpoint);
    const first = await play(await recordedChat({ path, missing: chat }));
    assert.equal(first.failure, undefined, first.failure?.message);
    assert.match(first.answer!, /^[\x20-\x7e\n]+$/);
    for (const { usage, messages, content } of first.transcript) {
      assert.equal(usage.estimated, false);
      // Its vocabulary has 512 pieces, so a token has few letters.
      const letters = messages.reduce((sum, { content }) => sum + content.length, 0);
      assert.ok(usage.promptTokens > letters / 4 && usage.promptTokens < letters + 60);
      assert.ok(usage.completionTokens <= content!.length + 3);
    }
    assert.ok(first.transcript[1]!.messages[1]!.content.includes(first.transcript[0]!.content!));
    const request = {
      model: "stories260K",
      messages: [{ role: "user" as const, content: "Once upon a time" }],
      temperature: 0,
      seed: 0,
      maxTokens: 5,
    };
    const streamed = await chat(request).catch((error) => error);
    const whole = await endpointChat({ ...server.endpoint, stream: false })(request).catch((error) => error);
    for (const failure of [streamed, whole]) {
      assert.ok(failure instanceof ChatFailure);
      assert.deepEqual([failure.kind, failure.usage.completionTokens, failure.partial], [
        "length",
        5,
        whole.partial,
      ]);
    }
    await server[Symbol.asyncDispose]();
    assert.equal(JSON.stringify(await play(await recordedChat({ path }))), JSON.stringify(first));
    const gone = await endpointChat(server.endpoint, { tries: 1 })(request).catch((error) => error);
    assert.equal(gone.kind, "network");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({ name: "a file that is no model is an error that says so", ignore }, async () => {
  await assert.rejects(
    llamaServer(new URL(import.meta.url).pathname, { python }),
    /Cannot start llama.cpp's server for .*_test.ts/,
  );
});

Deno.test("where Python is not installed there is no server, and no error", async () => {
  assert.equal(await llamaServer("model.gguf", { python: "no-such-python" }), undefined);
  assert.equal(await hasLlamaServer({ python: "no-such-python" }), false);
});

Deno.test({
  name: "a program that gives no address is an error, and not left running",
  ignore: Deno.build.os === "windows",
}, () =>
  inFolder(async (folder) => {
    const python = `${folder}/python`;
    await Deno.writeTextFile(
      python,
      `#!/bin/sh\necho $$ > ${folder}/pid\necho hello there\nexec sleep 600\n`,
    );
    await Deno.chmod(python, 0o755);
    await assert.rejects(
      llamaServer("model.gguf", { python }),
      /^Error: Cannot start llama.cpp's server for model.gguf: it gave no address but "hello there"/,
    );
    const pid = Number(await Deno.readTextFile(`${folder}/pid`));
    assert.throws(() => Deno.kill(pid, "SIGCONT"), Deno.errors.NotFound);
  }));
