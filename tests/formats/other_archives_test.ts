import { throws } from "node:assert/strict";
import { zipSync } from "npm:fflate@0.8.3";
import { decodeCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { fixture } from "./fixtures.ts";

Deno.test("programs and pickles are named, and what to do", () => {
  const cases: [Uint8Array, RegExp][] = [
    [fixture("torchscript.pt"), /a TorchScript archive.*torch\.jit\.load/],
    [fixture("exported.pt2"), /a program of torch\.export \(\.pt2\).*torch\.export\.load/],
    [fixture("plain.pkl"), /a Python pickle, but not one of torch\.save.*numpy\.savez/],
    [archive("metadata.json", "config.json", "model.weights.h5"), /a Keras model \(\.keras\).*numpy\.savez/],
    [archive("a/.data/extern_modules", "a/model.pkl"), /torch\.package.*state_dict/],
    [
      archive("mimetype", "content.xml"),
      /expected data\.pkl or \.npy entries in the archive, found "mimetype"/,
    ],
    [new TextEncoder().encode("(dp0\nVa\np1\nI1\ns."), /a Python pickle/],
    [new TextEncoder().encode("ccollections\nOrderedDict\n"), /a Python pickle/],
    [Uint8Array.of(0x80, 5, 0x95), /a Python pickle/],
    [Uint8Array.of(0x89, 0x48, 0x44, 0x46), /an HDF5 file/],
  ];
  for (const [bytes, message] of cases) {
    throws(() => decodeCheckpoint(bytes, "a.pt"), { name: "SyntaxError", message });
  }
});

function archive(...paths: string[]): Uint8Array {
  return zipSync(Object.fromEntries(paths.map((path) => [path, Uint8Array.of(1)])), { level: 0 });
}
