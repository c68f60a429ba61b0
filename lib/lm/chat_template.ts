import { SyntaxError, TypeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import { importJinja } from "./deps.ts";

/** One turn of a chat, as templates take it. */
export interface ChatTurn {
  /** Who speaks: `system`, `user` or `assistant`. */
  role: string;
  /** Text of the turn. */
  content: string;
}

/** Writes a chat as the text that a model was trained on. */
export interface ChatTemplate {
  /** The text of a chat. */
  (messages: readonly ChatTurn[]): string;
  /** The template itself, by which it is told from others; absent where it is none in Jinja. */
  readonly source?: string;
}

/**
 * A model's own chat template, in Jinja, as GGUF files and `tokenizer_config.json` have it. The text ends
 * where the assistant's next turn begins.
 *
 * @param source the template
 * @param names what it calls `bos_token` and `eos_token`
 * @throws {SyntaxError} where it is no Jinja; what it throws when applied is a TypeError with its message
 */
export async function chatTemplate(
  source: string,
  names: { begin?: string | undefined; end?: string | undefined } = {},
): Promise<ChatTemplate> {
  requireOptions("chatTemplate", names, { begin: true, end: true });
  const { Template } = await importJinja();
  let template: InstanceType<typeof Template>;
  try {
    template = new Template(source);
  } catch (error) {
    throw new SyntaxError(
      `Cannot read the chat template: ${(error as Error).message}; give the prompt as text instead`,
      { cause: error },
    );
  }
  const write = (messages: readonly ChatTurn[]): string => {
    try {
      return template.render({
        messages: messages.map(({ role, content }) => ({ role, content })),
        add_generation_prompt: true,
        bos_token: names.begin ?? "",
        eos_token: names.end ?? "",
      });
    } catch (error) {
      throw new TypeError(
        `Cannot apply the chat template to turns of ${
          messages.map(({ role }) => role).join(", ") || "nobody"
        }: ` +
          `${(error as Error).message}; change the messages, or give the prompt as text`,
        { cause: error },
      );
    }
  };
  return Object.assign(write, { source });
}
