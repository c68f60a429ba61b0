/** Processes that are killed at random moments, and started again until they come to their end. */
import assert from "node:assert/strict";
import { LOCKED } from "../kernels/jupyter/setup/packages.ts";
import { dice } from "./fuzz/mutate.ts";

/** `ESPALIER_KILLS=100` tries more. */
export const KILLS = Number(Deno.env.get("ESPALIER_KILLS") ?? 0);

/** What came of them. */
export interface Killed {
  /** What the last process, which came to its end, said on stdout. */
  said: string;
  /** Kills that met a process at work. */
  kills: number;
  /** Unfinished files that kills left, all in all. */
  unfinished: number;
}

/** A program of tests, in a process of its own. */
export function program(path: string, ...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...LOCKED, "-A", "--no-check", new URL(path, import.meta.url).pathname, ...args],
    stdout: "piped",
    stderr: "piped",
  });
}

/** Names of locks and unfinished files below a folder. */
export function unfinishedIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? unfinishedIn(`${folder}/${name}`)
      : /\.espalier-|\.part$|\.tmp$/.test(name)
      ? [`${folder}/${name}`]
      : []
  );
}

/**
 * Starts a process, kills it at a random moment after it has said `begun` on stdout or stderr, and starts it
 * again, so many times; then lets it come to its end.
 *
 * @param longest latest moment, in ms after it began
 */
export async function killedAtRandom(
  start: () => Deno.Command,
  { folder, kills, longest, seed = kills, afterKill = () => {} }: {
    folder: string;
    kills: number;
    longest: number;
    seed?: number;
    /** Is waited for before the next start. */
    afterKill?: () => unknown;
  },
): Promise<Killed> {
  const roll = dice(seed);
  let met = 0, unfinished = 0;
  for (let kill = 0; kill <= kills; kill++) {
    const child = start().spawn();
    let said = "";
    const begun = Promise.withResolvers<void>();
    const hear = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>, keep: boolean) => {
      let all = "";
      for await (const text of stream.pipeThrough(new TextDecoderStream())) {
        all += text;
        if (/\bbegun$/m.test(all)) begun.resolve();
      }
      if (keep) said = all;
      return all;
    };
    const heard = Promise.all([hear(child.stdout, true), hear(child.stderr, false)]);
    await Promise.race([begun.promise, child.status]);
    if (kill < kills) {
      await new Promise((done) => setTimeout(done, roll(longest)));
      try {
        child.kill("SIGKILL");
      } catch {
        // It had come to its end already.
      }
    }
    const [{ code, signal }, [, err]] = await Promise.all([child.status, heard]);
    if (signal === "SIGKILL") met++;
    else assert.equal(code, 0, err);
    if (kill === kills) return { said, kills: met, unfinished };
    unfinished += unfinishedIn(folder).length;
    await afterKill();
  }
  throw new Error("never");
}
