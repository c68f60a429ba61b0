import assert from "node:assert/strict";
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";

/**
 * Runs `resume_worker.ts` until it ends or, where `patience` is given, kills it a while after so many steps. Returns
 * how many steps it did.
 */
export async function work(
  folder: string,
  patience?: { steps: number; milliseconds: number },
  method?: string,
): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...LOCKED,
      "-A",
      "--no-check",
      new URL("resume_worker.ts", import.meta.url).pathname,
      `${folder}/checkpoint`,
      `${folder}/result`,
      ...method ? [method] : [],
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let steps = 0;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    steps += text.split("\n").length - 1;
    if (patience && steps >= patience.steps) {
      const { milliseconds } = patience;
      await new Promise((done) => setTimeout(done, milliseconds));
      child.kill("SIGKILL");
      patience = undefined;
    }
  }
  const { success, signal } = await child.status;
  assert.ok(success || signal === "SIGKILL", "the worker failed by itself");
  return steps;
}

/** Fails with the first byte that differs. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  const first = expected.findIndex((byte, i) => actual[i] !== byte);
  assert.ok(actual.length === expected.length && first < 0, `bytes differ from ${first} on`);
}
