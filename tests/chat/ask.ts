import type { ChatRequest } from "../../lib/chat/request.ts";
import { inFolder } from "../in_folder.ts";

/** A question as chats are asked it. */
export const ask = (content: string, rest: Partial<ChatRequest> = {}): ChatRequest => ({
  model: "any",
  messages: [{ role: "user", content }],
  temperature: 0,
  seed: 0,
  maxTokens: 100,
  ...rest,
});

/** Runs with the path of a recording that is not there yet. */
export const withPath = (run: (path: string) => Promise<void>): Promise<void> =>
  inFolder((folder) => run(`${folder}/recording.jsonl`));
