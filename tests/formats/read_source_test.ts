import assert from "node:assert/strict";
import { NotFoundError } from "../../lib/files/not_found.ts";
import { readSource, type Source } from "../../lib/formats/read_source.ts";
import { inFolder } from "../in_folder.ts";

const bytes = new TextEncoder().encode("some bytes");

Deno.test("bytes come from memory, paths and addresses, each with a name for messages", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a b.bin`;
    await Deno.writeFile(path, bytes);
    const server = Deno.serve(
      { port: 0, onListen: () => {} },
      ({ url }) => new URL(url).pathname === "/f" ? new Response(bytes) : new Response("no", { status: 404 }),
    );
    try {
      const address = `http://localhost:${server.addr.port}/f`;
      const sources: [Source, string][] = [
        [bytes, "the given bytes"],
        [bytes.slice().buffer, "the given bytes"],
        [path, path],
        [new URL(`file://${folder}/a%20b.bin`), path],
        ["data:,some%20bytes", "the data: address"],
        [address, address],
        [new URL(address), address],
      ];
      for (const [source, name] of sources) assert.deepEqual(await readSource(source), { bytes, name });
      const other = address.replace("/f", "/g");
      await assert.rejects(readSource(other), {
        message: `Cannot fetch ${other}: the server answered 404 Not Found`,
      });
    } finally {
      await server.shutdown();
    }
  }));

Deno.test("what cannot be read says which file, and what to do", () =>
  inFolder(async (folder) => {
    const absent = await readSource(`${folder}/none`).catch((error) => error);
    assert.ok(absent instanceof NotFoundError);
    assert.match(absent.message, /none: there is no such file; relative paths begin at /);
    await assert.rejects(readSource(folder), /^Error: Cannot read .*folder/);
    await assert.rejects(readSource(3 as never), {
      name: "TypeError",
      message:
        "Cannot read 3: expected a path, an address (http:, https:, file:, data:) or the bytes of a file",
    });
    await assert.rejects(
      readSource("http://localhost:1/f"),
      /^Error: Cannot fetch http:\/\/localhost:1\/f: .*; check the network/,
    );
  }));
