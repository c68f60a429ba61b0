import { Error } from "../../../errors.ts";
import { budgetedChat } from "../../../chat/budget.ts";
import type { Chat } from "../../../chat/chat.ts";
import { allowedTokens, isThisMachine, NO_CONSENT } from "../../../chat/consent.ts";
import { endpointChat } from "../../../chat/endpoint_chat.ts";
import { hasLlamaServer, llamaServer } from "../../../chat/llama_server.ts";
import { recordedChat, replayChat } from "../../../chat/recorded_chat.ts";
import { CALL, readRecording, type RecordedCall } from "../../../chat/recording.ts";
import { addUsage, NO_USAGE, totalTokens } from "../../../chat/reply.ts";
import { dataFolders } from "../../../data/folders.ts";
import { packagedModel } from "../../../data/packaged_models.ts";
import { cacheFolder } from "../../../files/cache_folder.ts";
import { ask, bodyOf } from "../../../files/read_body.ts";
import { thisProcessor } from "../../../experiment/machine.ts";
import { statIfFound } from "../../../files/not_found.ts";
import { jsonLines } from "../../../questions/benchmarks/benchmark.ts";
import { requireAnswers } from "./require_answers.ts";
import type { ChatSource } from "./spec.ts";

/** A chat with what a source names, until it is disposed of. */
export interface OpenChat extends AsyncDisposable {
  /** Who answers. */
  readonly chat: Chat;
  /** A chat from what is recorded by then, strictly: asks nobody. */
  replay(): Promise<Chat>;
  /** File of the recording; absent where it comes with Espalier. */
  readonly path?: string | undefined;
  /** Tokens that the recording's calls were paid with, in earlier runs too. */
  paid(): Promise<number>;
  /**
   * When and on what the recording's calls were answered, in words; `undefined` of the one that comes with
   * Espalier, which has no times.
   */
  measured(): Promise<string | undefined>;
}

/** Who answers, in words for figures. */
export function sourceInWords({ from, model, ...source }: ChatSource): string {
  if (from === "recording") return `a recording of ${model} answers`;
  if (from === "llama.cpp") return `${model} answers, on llama.cpp's server`;
  return `${model} answers, at ${(source as { baseURL: string }).baseURL}`;
}

const RECORDING = new URL("./recording.jsonl", import.meta.url);

/**
 * The recording that comes with Espalier: SmolLM2-135M-Instruct (Q4_1) in all fixed ways, on our own
 * questions, by llama.cpp's server of xllamacpp 2026.10.11549, which then still kept earlier prompts: answers
 * may differ from those without them. It has no times and nothing else that is of the machine it was made on,
 * so nothing that is shown of it looks measured.
 */
export const RECORDED: ChatSource = { from: "recording", model: "SmolLM2-135M-Instruct" };

const python = () => Deno.env.get("ESPALIER_PYTHON") || "python3";

/** Path of a model that llama.cpp can run, where it is on this machine. */
function localModel(model: "stories260K" | "smollm2-135m-instruct"): string | undefined {
  if (model === "stories260K") {
    return dataFolders("lm").map((folder) => `${folder}/stories260K-f32.gguf`).find((path) =>
      statIfFound(path)
    );
  }
  try {
    return `${packagedModel(model)}/SmolLM2-135M-Instruct.Q4_1.gguf`;
  } catch {
    return undefined;
  }
}

/** A model on this machine, where it and xllamacpp are; else the recording. Nothing is fetched. */
export async function localSource(model: "stories260K" | "smollm2-135m-instruct"): Promise<ChatSource> {
  const isHere = localModel(model) !== undefined && await hasLlamaServer({ python: python() });
  return isHere ? { from: "llama.cpp", model } : RECORDED;
}

/** File that keeps what a source has answered, in all runs. */
export function recordingPath(source: Exclude<ChatSource, { from: "recording" }>): string {
  const where = source.from === "endpoint" ? `${new URL(source.baseURL).host}-${source.model}` : source.model;
  const name = `${source.from}-${where}`.replaceAll(/[^\w.-]+/g, "-");
  return `${cacheFolder()}/chats/${name}.jsonl`;
}

/**
 * Opens a source. What was answered before is not asked again; of an endpoint no more tokens are bought, in
 * all runs together, than `ESPALIER_CHAT_TOKENS` allows.
 *
 * @throws Error where the server does not start, or nobody has said how much may be spent
 */
export async function openChat(source: ChatSource): Promise<OpenChat> {
  if (source.from === "recording") {
    const calls = jsonLines<RecordedCall>(new TextDecoder().decode(await bodyOf(await ask(RECORDING))), CALL);
    const chat = replayChat(calls);
    return {
      chat,
      replay: () => Promise.resolve(chat),
      paid: () => Promise.resolve(0),
      measured: () => Promise.resolve(measuredIn(calls)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const path = recordingPath(source);
  await Deno.mkdir(`${cacheFolder()}/chats`, { recursive: true });
  const open = async (missing: Chat, close = () => Promise.resolve()): Promise<OpenChat> => ({
    chat: requireAnswers(
      await recordedChat({ path, missing }),
      (await readRecording(path)).some(({ reply }) => reply !== undefined),
    ),
    replay: () => recordedChat({ path }),
    path,
    paid: () => paidFor(path),
    measured: async () => measuredIn(await readRecording(path)),
    [Symbol.asyncDispose]: close,
  });
  if (source.from === "llama.cpp") {
    const model = localModel(source.model);
    const server = model && await llamaServer(model, { python: python(), contextTokens: 8192 });
    if (!server) {
      throw new Error(
        `Cannot ask ${source.model}: expected its file and the Python package xllamacpp; install it, or name a ` +
          "Python that has it in ESPALIER_PYTHON",
      );
    }
    const { endpoint, program } = server;
    // The server has another port each time, which says nothing. What it is and runs on, its times depend on.
    const local = endpointChat({ ...endpoint, silentMs: 300_000 });
    // A model that learned nothing but stories does not stop by itself: its answer is the first sentence.
    const stop = source.model === "stories260K" ? { stop: ["."] } : {};
    const named: Chat = async (request, call) => ({
      ...await local({ ...request, ...stop }, call),
      endpoint: `${program}, one call at a time, on ${thisProcessor()}`,
      model: source.model,
    });
    return await open(named, async () => await server[Symbol.asyncDispose]());
  }
  const allowed = allowedTokens();
  if (allowed === undefined && !isThisMachine(source.baseURL)) throw new Error(NO_CONSENT);
  const apiKey = Deno.env.get("ESPALIER_CHAT_KEY") || undefined;
  const endpoint = endpointChat({ baseURL: source.baseURL, apiKey });
  const paid = await paidFor(path);
  if (allowed === undefined) return await open(endpoint);
  return await open(budgetedChat(endpoint, Math.max(0, allowed - paid)));
}

/** When and on what calls were answered that have a time. */
function measuredIn(calls: readonly RecordedCall[]): string | undefined {
  const days = calls.flatMap(({ at }) => at === undefined ? [] : [at.slice(0, 10)]).sort();
  const where = new Set(calls.flatMap(({ reply }) => reply?.latencyMs === undefined ? [] : [reply.endpoint]));
  if (days.length === 0 || where.size === 0) return undefined;
  const when = [...new Set([days[0], days.at(-1)])].join(" to ");
  return `${when}, ${[...where].join("; ")}`;
}

async function paidFor(path: string): Promise<number> {
  const usages = (await readRecording(path)).flatMap(({ reply, failure }) =>
    reply ? [reply.usage, reply.lost] : [failure!.usage]
  );
  return totalTokens(addUsage(NO_USAGE, ...usages));
}
