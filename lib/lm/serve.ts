import { TypeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import type { Endpoint } from "../chat/endpoint.ts";
import { isRecord } from "../given.ts";
import { generate, type GenerateOptions, generateText, type Generation, type Prompt } from "./generate.ts";
import type { LanguageModel } from "./language_model.ts";

/** Settings of {@linkcode serveLanguageModel}. */
export interface ServeOptions {
  /** Port on this machine; 0 for any that is free. Default 0. */
  port?: number | undefined;
  /** Name of the model in requests. Default: the name of its file without folders and ending. */
  model?: string | undefined;
}

/** A server that answers until it is disposed of. */
export interface LanguageModelServer extends AsyncDisposable {
  /** Where it answers, for `endpointChat`. */
  readonly endpoint: Endpoint;
}

/** Fields that are read of a request of OpenAI's kind. */
interface Asked {
  model?: string;
  messages?: { role: string; content: string }[];
  prompt?: string;
  temperature?: number;
  top_p?: number;
  top_k?: number;
  min_p?: number;
  max_tokens?: number;
  max_completion_tokens?: number;
  seed?: number;
  stop?: string | string[];
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
}

/** Fields of such a request that are not read, with what they may be since it changes nothing, as JSON. */
const WITHOUT: Readonly<Record<string, readonly string[]>> = {
  n: ["1"],
  best_of: ["1"],
  logprobs: ["false"],
  top_logprobs: ["0"],
  logit_bias: ["{}"],
  echo: ["false"],
  suffix: ['""'],
  frequency_penalty: ["0"],
  presence_penalty: ["0"],
  repetition_penalty: ["1"],
  repeat_penalty: ["1"],
  tools: ["[]"],
  tool_choice: ['"none"', '"auto"'],
  functions: ["[]"],
  response_format: ['{"type":"text"}'],
};

/**
 * Serves a language model on this machine alone, as OpenAI's servers do: `/v1/chat/completions` and
 * `/v1/completions`, streamed or whole, `/v1/models` and `/health`. One request is computed at a time; one
 * whose sender went away is ended, or not begun. Fields that are null count as left out, and those that would
 * change the answer but are not known here (`n`, `logprobs`, `tools`, …) are refused.
 *
 * @example
 * ```ts ignore
 * await using server = serveLanguageModel(model);
 * const chat = endpointChat(server.endpoint);
 * ```
 */
export function serveLanguageModel(model: LanguageModel, options: ServeOptions = {}): LanguageModelServer {
  requireOptions("serveLanguageModel", options, { port: true, model: true });
  const name = options.model ?? model.name.replace(/^.*[/\\]/, "").replace(/\.\w+$/, "");
  let last: Promise<unknown> = Promise.resolve();
  /** Waits for those before it, and makes those after it wait until it is disposed of. */
  const nextTurn = async (): Promise<DisposableStack> => {
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = before.then(() => promise);
    const turn = new DisposableStack();
    turn.defer(resolve);
    await before;
    return turn;
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: options.port ?? 0, onListen() {} },
    async (request) => {
      const route = `${request.method} ${new URL(request.url).pathname}`;
      if (route === "GET /health") return Response.json({ status: "ok" });
      if (route === "GET /v1/models") {
        return Response.json({ object: "list", data: [{ id: name, object: "model", owned_by: "espalier" }] });
      }
      const chat = route === "POST /v1/chat/completions";
      if (!chat && route !== "POST /v1/completions") return refusal(404, `there is no ${route} here`);
      let call: Call;
      try {
        call = read(await request.json(), name, chat);
      } catch (error) {
        return refusal(400, (error as Error).message);
      }
      using turn = await nextTurn();
      const options = { ...call.options, signal: request.signal };
      try {
        if (!call.asked.stream) {
          const answer = await generateText(model, call.prompt, options);
          return Response.json(body({ name, chat }, answer.text, answer));
        }
        // What cannot be answered fails before the first piece, and then with a status.
        const pieces = generate(model, call.prompt, options);
        const first = await pieces.next();
        const usage = call.asked.stream_options?.include_usage;
        return new Response(stream(pieces, first, { name, chat, usage }, turn.move()), {
          headers: { "content-type": "text/event-stream" },
        });
      } catch (error) {
        return refusal(400, (error as Error).message);
      }
    },
  );
  const { port } = server.addr;
  return {
    endpoint: { baseURL: `http://127.0.0.1:${port}/v1`, models: [name], limits: { concurrency: 1 } },
    [Symbol.asyncDispose]: async () => await server.shutdown(),
  };
}

interface Call {
  asked: Asked;
  prompt: Prompt;
  options: GenerateOptions;
}

function read(request: unknown, name: string, chat: boolean): Call {
  if (!isRecord(request)) throw new TypeError("expected an object with fields, as OpenAI's servers take it");
  const asked: Asked = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== null));
  for (const [field, value] of Object.entries(asked)) {
    const idle = Object.hasOwn(WITHOUT, field) ? WITHOUT[field]! : undefined;
    if (idle === undefined || idle.includes(JSON.stringify(value))) continue;
    throw new TypeError(
      `Cannot answer with ${field} ${JSON.stringify(value).slice(0, 80)}: expected ${
        idle.join(" or ")
      }, all that ` +
        "this server does; leave it out",
    );
  }
  if (asked.model !== undefined && asked.model !== name) {
    throw new TypeError(
      `there is no model ${JSON.stringify(asked.model)} here, only ${JSON.stringify(name)}`,
    );
  }
  const prompt = chat ? asked.messages : asked.prompt;
  const fits = chat
    ? Array.isArray(prompt) && prompt.length > 0 &&
      prompt.every((turn) => typeof turn?.role === "string" && typeof turn.content === "string")
    : typeof prompt === "string";
  if (!fits) throw new TypeError(`expected ${chat ? "messages with role and content" : "a prompt"} as text`);
  return {
    asked,
    prompt: prompt!,
    options: {
      temperature: asked.temperature,
      topP: asked.top_p,
      topK: asked.top_k,
      minP: asked.min_p,
      maxTokens: asked.max_completion_tokens ?? asked.max_tokens,
      seed: asked.seed,
      stop: asked.stop === undefined ? [] : [asked.stop].flat(),
    },
  };
}

const refusal = (status: number, message: string): Response =>
  Response.json({ error: { message, type: "invalid_request_error" } }, { status });

/** An answer or a piece of one; a loop is a `length`, of which `stop_reason` says more. */
function body(
  { name, chat, streamed = false }: { name: string; chat: boolean; streamed?: boolean | undefined },
  text: string,
  end?: Generation,
): Record<string, unknown> {
  const spoken = !chat
    ? { text }
    : streamed
    ? { delta: { content: text } }
    : { message: { role: "assistant", content: text } };
  const finish = end && (["end", "stop"].includes(end.stopReason) ? "stop" : "length");
  return {
    object: chat ? `chat.completion${streamed ? ".chunk" : ""}` : "text_completion",
    created: Math.floor(Date.now() / 1000),
    model: name,
    choices: [{
      index: 0,
      ...spoken,
      finish_reason: finish ?? null,
      stop_reason: end?.stopReason,
    }],
    usage: end && !streamed ? usageOf(end) : undefined,
  };
}

function usageOf({ promptTokens, ids }: Generation): Record<string, number> {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: ids.length,
    total_tokens: promptTokens + ids.length,
  };
}

function stream(
  pieces: AsyncGenerator<string, Generation>,
  first: IteratorResult<string, Generation>,
  { name, chat, usage = false }: { name: string; chat: boolean; usage?: boolean | undefined },
  turn: Disposable,
): ReadableStream<Uint8Array> {
  const event = (value: unknown) => new TextEncoder().encode(`data: ${JSON.stringify(value)}\n\n`);
  let next: IteratorResult<string, Generation> | undefined = first;
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done: ended, value } = next ?? await pieces.next();
        next = undefined;
        if (!ended) return controller.enqueue(event(body({ name, chat, streamed: true }, value, undefined)));
        controller.enqueue(event(body({ name, chat, streamed: true }, "", value)));
        if (usage) controller.enqueue(event({ model: name, choices: [], usage: usageOf(value) }));
        controller.enqueue(new TextEncoder().encode("data: [DONE]\n\n"));
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      turn[Symbol.dispose]();
    },
    async cancel() {
      await pieces.return(undefined as never);
      turn[Symbol.dispose]();
    },
  });
}
