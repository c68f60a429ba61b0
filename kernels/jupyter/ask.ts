import { generate, type GenerateOptions, type Generation, type Prompt } from "../../lib/lm/generate.ts";
import type { LanguageModel } from "../../lib/lm/language_model.ts";
import { stopSignal } from "../../lib/stop.ts";
import { escapeXml } from "../../lib/plot/escape_xml.ts";
import { type KernelDisplay, kernelDisplay } from "./in_kernel.ts";

/** Between two updates of an answer, in ms. */
const BETWEEN_UPDATES = 100;

/**
 * Asks a language model, and shows the answer in a notebook as it comes, in one place; outside a notebook it
 * is printed when it is there. The stop button ends it and its cell, and what came until then stays; a
 * `signal`
 * among the settings ends the answer alone.
 *
 * ```ts ignore
 * const model = await openLanguageModel("SmolLM2-135M-Instruct.Q4_1.gguf");
 * const answer = await ask(model, "What is the capital of France?", { temperature: 0 });
 * ```
 *
 * @param prompt a question, which becomes a turn of a chat where the model has a template for chats, and
 * else a text to go on with; or a chat, or tokens, as `generate` takes them
 * @throws {RangeError} where the prompt leaves no room for an answer, or a setting is out of its range
 */
export async function ask(
  model: LanguageModel,
  prompt: Prompt,
  options: GenerateOptions = {},
  { kernel = kernelDisplay(), now = Date.now }: { kernel?: KernelDisplay | undefined; now?: () => number } =
    {},
): Promise<Generation> {
  const button = stopSignal();
  const isChat = typeof prompt === "string" && model.template !== undefined;
  const pieces = generate(model, isChat ? [{ role: "user", content: prompt }] : prompt, options);
  const display_id = `espalier-answer-${crypto.randomUUID()}`;
  let [text, last, shown] = ["", -Infinity, false];
  const draw = async (caption?: string) => {
    last = now();
    await kernel?.display(bundle(text, caption), { raw: true, display_id, update: shown });
    shown = true;
    await new Promise((resolve) => setTimeout(resolve, 0)); // so that it is sent now, not with the next cell
  };
  const start = now();
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) {
      text = value.text;
      const caption = captionOf(value, now() - start);
      if (kernel) await draw(caption);
      else console.log(text);
      button?.throwIfAborted(); // the cell ends, too
      return Object.defineProperty(value, Symbol.for("Jupyter.display"), {
        value: () => ({ "text/plain": caption }),
      });
    }
    text += value;
    if (kernel && now() - last >= BETWEEN_UPDATES) await draw();
  }
}

/** How an answer ended, in words. */
const ENDS: Readonly<Record<Generation["stopReason"], string>> = {
  end: "ended by itself",
  stop: "ended by a stop text",
  length: "cut at its most tokens",
  loop: "cut because it repeats itself",
  aborted: "stopped",
};

function captionOf({ ids, stopReason }: Generation, ms: number): string {
  const speed = ms > 0 ? `, ${(1000 * ids.length / ms).toFixed(1)} a second` : "";
  return `${ids.length} ${ids.length === 1 ? "token" : "tokens"}${speed}; ${ENDS[stopReason]}`;
}

/** The answer so far, and below it, at its end, what is to be said of it. */
function bundle(text: string, caption: string | undefined): Record<string, string> {
  const below = caption === undefined
    ? `<span style="opacity:.5">▍</span>`
    : `<div style="opacity:.65;font-size:85%;margin-top:.4em">${escapeXml(caption)}</div>`;
  return {
    "text/plain": text,
    "text/html": `<div aria-live="polite" style="white-space:pre-wrap;max-width:72ch">${
      escapeXml(text)
    }${below}</div>`,
  };
}
