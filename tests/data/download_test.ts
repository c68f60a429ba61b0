import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { download } from "../../lib/data/download.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { limits, setLimits } from "../../lib/limits.ts";
import type { DataFile } from "../../lib/data/manifest.ts";

const CONTENTS = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i * 31 + i) % 251);
const SHA256 = createHash("sha256").update(CONTENTS).digest("hex");

interface Seen {
  path: string;
  range: string | null;
}

/** A server on this machine that behaves badly in the ways that paths name, and an empty folder. */
async function withServer(
  test: (at: (...paths: string[]) => DataFile, folder: string, seen: Seen[]) => Promise<void>,
): Promise<void> {
  const seen: Seen[] = [];
  const ended = new AbortController();
  const server = Deno.serve({
    signal: ended.signal,
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    onError: () => new Response(),
  }, (request) => {
    const path = new URL(request.url).pathname;
    const range = request.headers.get("range");
    seen.push({ path, range });
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const partial = (bytes: BodyInit, start = from) =>
      new Response(bytes, {
        status: range ? 206 : 200,
        headers: range ? { "content-range": `bytes ${start}-${CONTENTS.length - 1}/${CONTENTS.length}` } : {},
      });
    if (path === "/416") return from > 0 ? new Response("", { status: 416 }) : partial(CONTENTS);
    if (path === "/no-content-range") {
      return from > 0 ? new Response(CONTENTS.slice(from), { status: 206 }) : partial(CONTENTS);
    }
    if (path === "/portal") {
      return new Response("<html>log in</html>", { headers: { "content-type": "text/html" } });
    }
    if (path === "/stalls") {
      return new Response(new ReadableStream({ start: (c) => c.enqueue(CONTENTS.slice(0, 10)) }));
    }
    if (path === "/never") return new Promise<Response>(() => {});
    if (path === "/good") return partial(CONTENTS.slice(from));
    if (path === "/no-range") return new Response(CONTENTS);
    if (path === "/wrong") return partial(CONTENTS.map((byte) => byte ^ 1).slice(from));
    if (path === "/longer") return new Response(new Uint8Array(300_000));
    if (path === "/other-range") return partial(CONTENTS.slice(from), from + 1);
    // 70,000 bytes each time, then the connection breaks.
    if (path === "/breaks") return partial(broken(CONTENTS.slice(from, from + 70_000)));
    if (path === "/short") return partial(CONTENTS.slice(from, from + 10));
    return new Response("no such file", { status: 404, statusText: "Not Found" });
  });
  const folder = await Deno.makeTempDir();
  const at = (...paths: string[]) => ({
    name: "file.bin",
    bytes: CONTENTS.length,
    sha256: SHA256,
    addresses: paths.map((path) => `http://127.0.0.1:${server.addr.port}/${path}`),
  });
  try {
    await test(at, folder, seen);
  } finally {
    ended.abort(); // also what never answers
    await server.finished;
    await Deno.remove(folder, { recursive: true });
  }
}

/** A body that ends in an error after its bytes. */
function broken(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    async pull(controller) {
      if (!sent) return void (sent = true, controller.enqueue(bytes));
      // What was sent leaves first: an error at once would take it along.
      await new Promise((done) => setTimeout(done, 50));
      controller.error(new Error("broken on purpose"));
    },
  });
}

async function isWhole(folder: string): Promise<void> {
  deepEqual(new Uint8Array(await Deno.readFile(`${folder}/file.bin`)), CONTENTS);
  ok(!existsSync(`${folder}/file.bin.part`));
}

Deno.test("a file comes once, and is not asked for again", () =>
  withServer(async (at, folder, seen) => {
    const steps: number[] = [];
    const progress = {
      start: (_: string, total: number) => void equal(total, CONTENTS.length),
      step: (done: number) => void steps.push(done),
      close: () => {},
    };
    equal(await download(at("good"), `${folder}/new`, { progress }), `${folder}/new/file.bin`);
    await isWhole(`${folder}/new`);
    deepEqual(steps, steps.toSorted((a, b) => a - b));
    equal(steps.at(-1), CONTENTS.length);
    await download(at("good"), `${folder}/new`);
    equal(seen.length, 1);
  }));

Deno.test("of several that want one file at once, one asks for it, and the others wait", () =>
  withServer(async (at, folder, seen) => {
    await Promise.all([1, 2, 3].map(() => download(at("breaks"), folder)));
    await isWhole(folder);
    equal(seen.filter(({ range }) => range === null).length, 1, "somebody began again what another one had");
    deepEqual((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name), ["file.bin"]);
  }));

Deno.test("who waits for another one's download can be stopped", () =>
  withServer(async (at, folder, seen) => {
    const first = new AbortController();
    const held = download(at("never"), folder, { signal: first.signal });
    while (seen.length === 0) await new Promise((done) => setTimeout(done, 10));
    await rejects(download(at("good"), folder, { signal: AbortSignal.timeout(20) }), {
      name: "TimeoutError",
    });
    equal(seen.length, 1);
    first.abort();
    await rejects(held, { name: "AbortError" });
    await download(at("good"), folder);
    await isWhole(folder);
  }));

Deno.test("what is there in part is continued", () =>
  withServer(async (at, folder, seen) => {
    await Deno.writeFile(`${folder}/file.bin.part`, CONTENTS.subarray(0, 150_000));
    await download(at("good"), folder);
    await isWhole(folder);
    deepEqual(seen, [{ path: "/good", range: "bytes=150000-" }]);
  }));

Deno.test("a broken connection is taken up where it broke", () =>
  withServer(async (at, folder, seen) => {
    await download(at("breaks"), folder);
    await isWhole(folder);
    ok(seen.length >= 3, `${seen.length} requests`);
    equal(seen[0]!.range, null);
    ok(seen.slice(1).every(({ range }) => /^bytes=[1-9]/.test(range ?? "")), JSON.stringify(seen));
  }));

Deno.test("a server without ranges sends the whole file again", () =>
  withServer(async (at, folder) => {
    await Deno.writeFile(`${folder}/file.bin.part`, new Uint8Array(1000).fill(9));
    await download(at("no-range"), folder);
    await isWhole(folder);
  }));

Deno.test("a part or a file that is wrong on disk is replaced", () =>
  withServer(async (at, folder) => {
    await Deno.writeFile(`${folder}/file.bin`, new Uint8Array(CONTENTS.length));
    await Deno.writeFile(`${folder}/file.bin.part`, new Uint8Array(CONTENTS.length + 5));
    await download(at("good"), folder);
    await isWhole(folder);
    await Deno.remove(`${folder}/file.bin`);
    await Deno.writeFile(`${folder}/file.bin.part`, new Uint8Array(500));
    await download(at("good", "good"), folder);
    await isWhole(folder);
  }));

Deno.test("the next mirror is tried, and each failure is told", () =>
  withServer(async (at, folder) => {
    await download(at("missing", "wrong", "good"), folder);
    await isWhole(folder);
    await Deno.remove(`${folder}/file.bin`);
    await rejects(download(at("missing", "wrong", "longer"), folder), (error: Error) => {
      ok(
        /^Cannot download file\.bin: .*missing: the server answered 404 Not Found/.test(error.message),
        error.message,
      );
      ok(error.message.includes(`wrong: the file does not have the SHA-256 ${SHA256}`));
      ok(error.message.includes("longer: expected 200000 bytes, but more came"));
      return true;
    });
    ok(!existsSync(`${folder}/file.bin`));
  }));

Deno.test("another range than the one asked for is not appended: the file is begun again", () =>
  withServer(async (at, folder, seen) => {
    await Deno.writeFile(`${folder}/file.bin.part`, CONTENTS.subarray(0, 1000));
    await download(at("other-range"), folder);
    await isWhole(folder);
    deepEqual(seen.map(({ range }) => range), ["bytes=1000-", null]);
    await Deno.remove(`${folder}/file.bin`);
    await rejects(download(at("short"), folder), { message: /ended after \d+ of 200000 bytes/ });
  }));

Deno.test("nobody there: the message says what to do", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `http://127.0.0.1:${listener.addr.port}/file`;
  listener.close();
  const folder = await Deno.makeTempDir();
  const file = { name: "file.bin", bytes: 1, sha256: SHA256, addresses: [address] };
  await rejects(download(file, folder), {
    message: /Cannot download file\.bin: .*check the network, or put the file/,
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a signal stops a download, and what came is kept", () =>
  withServer(async (at, folder) => {
    const controller = new AbortController();
    const stopping = {
      start: () => {},
      step: (done: number) => void (done > 0 && controller.abort()),
      close: () => {},
    };
    await rejects(download(at("good"), folder, { signal: controller.signal, progress: stopping }), {
      name: "AbortError",
    });
    ok(!existsSync(`${folder}/file.bin`));
    ok((await Deno.stat(`${folder}/file.bin.part`)).size > 0);
    await download(at("good"), folder);
    await isWhole(folder);
  }));

Deno.test("a part that is to blame is thrown away, and the file begun again from nothing, once", async () => {
  for (
    const [path, part] of [
      ["good", CONTENTS.map((byte) => byte ^ 1).subarray(0, 150_000)],
      ["good", new Uint8Array(400_000)],
      ["416", CONTENTS.subarray(0, 1000)],
      ["no-content-range", CONTENTS.subarray(0, 1000)],
      ["other-range", CONTENTS.subarray(0, 1000)],
    ] as const
  ) {
    await withServer(async (at, folder) => {
      await Deno.writeFile(`${folder}/file.bin.part`, part);
      await download(at(path), folder);
      await isWhole(folder);
    });
  }
});

Deno.test("a page of a captive portal is no file, and an address that falls silent is given up", () =>
  withServer(async (at, folder) => {
    await Deno.writeFile(`${folder}/file.bin.part`, CONTENTS.subarray(0, 1000));
    await rejects(download(at("portal"), folder), /a web page came instead of the file/);
    const { stallSeconds } = limits();
    setLimits({ stallSeconds: 0.05 });
    try {
      for (const path of ["stalls", "never"]) {
        await Deno.remove(`${folder}/file.bin.part`).catch(() => {});
        await rejects(download(at(path), folder), /nothing came for 0\.05 s/);
        await rejects(loadModel(at(path).addresses[0]!), /Cannot fetch .*: nothing came for 0\.05 s/);
      }
      await Deno.remove(`${folder}/file.bin.part`).catch(() => {});
      await download(at("never", "good"), folder);
      await isWhole(folder);
    } finally {
      setLimits({ stallSeconds });
    }
  }));
