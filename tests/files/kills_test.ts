import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { removeLeftoversIn } from "../../lib/files/lock.ts";
import { replaceFile } from "../../lib/files/replace_files.ts";
import { readCheckpoint } from "../../lib/train/checkpoint.ts";
import { loadModel, mlp } from "../../mod.ts";
import { dice } from "../fuzz/mutate.ts";
import { statIfFound } from "../../lib/files/not_found.ts";
import { inFolder } from "../in_folder.ts";
import { type Killed, killedAtRandom, KILLS, program, unfinishedIn } from "../kills.ts";

/** Tells the figures of a long form, which docs/reliability.md has. */
function tell(what: string, { kills, unfinished }: Killed): void {
  if (KILLS > 0) console.log(`${what}: ${kills} kills, ${unfinished} unfinished files`);
}

Deno.test("a process that is killed while it saves: each file is whole, and the next start clears up", () =>
  inFolder(async (folder) => {
    const models = [0, 1, 2].map((seed) => mlp({ sizes: [64, 64, 4], seed }).toOnnx());
    const isOne = (bytes: Uint8Array) => models.some((model) => model.every((byte, i) => byte === bytes[i]));
    const roll = dice(KILLS);
    let unfinished = 0;
    for (let kill = 0; kill < (KILLS || 4); kill++) {
      const child = program("files/saver.ts", folder).spawn();
      await child.stdout.getReader().read();
      await new Promise((done) => setTimeout(done, 40 + roll(160)));
      child.kill("SIGKILL");
      await child.stderr.cancel();
      await child.status;
      unfinished += unfinishedIn(folder).length;
      for await (const { name } of Deno.readDir(folder)) {
        if (name === "run") {
          assert.ok((await readCheckpoint(`${folder}/run`))!.state.w!.dims[0] === 20_000);
        } else if (name.endsWith(".onnx")) {
          assert.ok(isOne((await loadModel(`${folder}/${name}`)).toOnnx()), name);
        }
      }
    }
    await removeLeftoversIn(folder);
    await replaceFile(`${folder}/other`, "");
    const left = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
    assert.ok(
      left.every((name) => ["beside.onnx", "beside.onnx.data", "other", "plain.onnx", "run"].includes(name)),
    );
    if (KILLS > 50) assert.ok(unfinished > 0, "no kill met a writer at work");
    tell("saveModel and checkpoints", { kills: KILLS, unfinished, said: "" });
  }));

for (const what of ["fit", "experiment"]) {
  Deno.test(`${what} that is killed and started again: the result is the same, and nothing is left over`, async () => {
    const whole = await inFolder((folder) =>
      killedAtRandom(() => program("files/victim.ts", what, folder), { folder, kills: 0, longest: 1 })
    );
    // Each trial comes to its end after a few kills, so that they meet all parts of the work.
    const all: Killed = { kills: 0, unfinished: 0, said: "" };
    for (let trial = 0; all.kills < (KILLS || 2) && trial < 1000; trial++) {
      await inFolder(async (folder) => {
        const kills = Math.min(4, (KILLS || 2) - all.kills);
        const start = () => program("files/victim.ts", what, folder);
        const killed = await killedAtRandom(start, { folder, kills, longest: 400, seed: trial });
        assert.equal(killed.said, whole.said);
        assert.deepEqual(unfinishedIn(folder), []);
        all.kills += killed.kills;
        all.unfinished += killed.unfinished;
      });
    }
    tell(what, all);
  });
}

Deno.test("a download that is killed and started again: what came is not asked for again, nothing is left over", async () => {
  const contents = Uint8Array.from({ length: 400_000 }, (_, i) => (i * i * 31 + i) % 251);
  const sha256 = createHash("sha256").update(contents).digest("hex");
  let had = 0;
  const wrong: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, onError: () => new Response() },
    (request) => {
      let at = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
      if (at !== had) wrong.push(`${had} bytes were there, ${at} were asked for`);
      const headers = { "content-range": `bytes ${at}-${contents.length - 1}/${contents.length}` };
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await new Promise((done) => setTimeout(done, 10));
          const piece = contents.slice(at, at += 10_000);
          if (piece.length > 0) controller.enqueue(piece);
          else controller.close();
        },
      });
      return new Response(body, { status: 206, headers });
    },
  );
  try {
    const address = `http://127.0.0.1:${server.addr.port}/file.bin`;
    const all: Killed = { kills: 0, unfinished: 0, said: "" };
    for (let trial = 0; all.kills < (KILLS || 2) && trial < 1000; trial++) {
      await inFolder(async (folder) => {
        had = 0;
        const kills = Math.min(4, (KILLS || 2) - all.kills);
        const start = () =>
          program("files/victim.ts", "download", folder, address, `${contents.length}`, sha256);
        const afterKill = () => had = statIfFound(`${folder}/file.bin.part`)?.size ?? 0;
        const killed = await killedAtRandom(start, { folder, kills, longest: 400, seed: trial, afterKill });
        assert.deepEqual(new Uint8Array(await Deno.readFile(`${folder}/file.bin`)), contents);
        assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["file.bin"]);
        assert.deepEqual(wrong, []);
        all.kills += killed.kills;
        all.unfinished += killed.unfinished;
      });
    }
    tell("downloads", all);
  } finally {
    await server.shutdown();
  }
});
