import assert from "node:assert/strict";
import { npmSpecifiers } from "../../lib/bundle/npm_specifiers.ts";

/** Which package esbuild is asked for in the place of a specifier, and from which folder. */
async function resolved(specifier: string, folder?: string): Promise<string> {
  const asked: string[] = [];
  let answer: unknown;
  npmSpecifiers(folder).setup({
    onResolve: ({ filter }, callback) => {
      if (filter.test(specifier)) {
        answer = callback({ path: specifier, kind: "import-statement", resolveDir: "own" });
      }
    },
    resolve: (path, { resolveDir }) => Promise.resolve(void asked.push(`${resolveDir}: ${path}`)),
  });
  await answer;
  return asked.join();
}

Deno.test("a pinned specifier is the package's bare name, with its scope and its path inside", async () => {
  assert.equal(await resolved("npm:fflate@0.8.3"), "own: fflate");
  assert.equal(await resolved("npm:onnxruntime-web@1.30.0/webgpu"), "own: onnxruntime-web/webgpu");
  assert.equal(await resolved("npm:@huggingface/jinja@0.5.11"), "own: @huggingface/jinja");
  assert.equal(
    await resolved("npm:@scope/name@1.0.0/deep/file.js", "given"),
    "given: @scope/name/deep/file.js",
  );
  assert.equal(await resolved("npm:fflate"), "own: fflate");
});

Deno.test("what is no package of npm is left to esbuild", async () => {
  for (const path of ["./npm:file.ts", "node:fs", "fflate"]) assert.equal(await resolved(path), "");
});
