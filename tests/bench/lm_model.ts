/**
 * As a program, `lm_model.ts <path> <float32 | packed> <threads>`: answers each line, `open` (a
 * language model, up to its first token), `prompt <tokens>` or `generate <tokens>`, with what that took: seconds, the processor's, and
 * the peak of memory so far in MiB, of the whole process and beyond what it had before.
 * `lm_model.ts <path> load` and `… read` do no more than load the weights, or read the file.
 */
import { type LanguageModel, openLanguageModel } from "../../lib/lm/language_model.ts";
import { readDecoder } from "../../lib/lm/read/load_decoder.ts";
import { openNative } from "../../lib/runtime/native.ts";
import { readLines } from "./line_process.ts";
import { peakMemory } from "./peak_memory.ts";
import { spent } from "./turns.ts";

const peak = (): number => peakMemory() / 2 ** 20;

/** Some tokens that are in any vocabulary. */
const tokens = (count: number) => Array.from({ length: count }, (_, i) => 300 + i * 37 % 2000);

async function readPlainly(path: string): Promise<void> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(2 ** 24);
  while (await file.read(buffer) !== null);
}

const [path, mode, threads] = Deno.args as [string, "float32" | "packed" | "load" | "read", string];
const say = ({ seconds, processor }: { seconds: number; processor: number | undefined }, before: number) =>
  console.log(`${seconds} ${processor} ${peak()} ${peak() - before}`);

if (mode === "load" || mode === "read") {
  const before = peak();
  say(await spent(() => mode === "load" ? readDecoder(path) : readPlainly(path)), before);
} else {
  const runtime = await openNative({ threads: Number(threads) });
  const before = peak();
  let model: LanguageModel | undefined;
  for await (const line of readLines(Deno.stdin.readable)) {
    const [what, count] = line.split(" ") as ["open" | "prompt" | "generate", string];
    if (what === "open") {
      const opening = await spent(async () => {
        model = await openLanguageModel(path, { packed: mode === "packed", context: 1024, runtime });
        using steps = await model.steps();
        await steps.feed(tokens(1));
      });
      say(opening, before);
      continue;
    }
    using steps = await model!.steps();
    if (what === "prompt") {
      say(await spent(() => steps.feed(tokens(Number(count)))), before);
      continue;
    }
    await steps.feed(tokens(8));
    say(
      await spent(async () => {
        for (let i = 0; i < Number(count); i++) await steps.feed([300 + i]);
      }),
      before,
    );
  }
}
