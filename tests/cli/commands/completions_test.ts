import assert from "node:assert/strict";
import { typed } from "../typed.ts";

Deno.test("bash completes commands and their options", { ignore: Deno.build.os === "windows" }, async () => {
  const { out } = await typed("completions", "bash");
  const complete = async (words: string[]) => {
    const script = `${out}\nCOMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _espalier
      printf '%s\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await new Deno.Command("bash", { args: ["-c", script] }).output();
    return new TextDecoder().decode(stdout).trim().split("\n");
  };
  assert.deepEqual(await complete(["espalier", "qua"]), ["quantize"]);
  assert.deepEqual(await complete(["espalier", "quantize", "--b"]), ["--bits"]);
  assert.deepEqual(await complete(["espalier", "in.onnx", "--ma"]), ["--macs", "--max-pruned"]);
});
