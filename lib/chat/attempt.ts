import { isWithin } from "../bounds.ts";
import { isRecord } from "../given.ts";
import { withoutUndefined } from "../options.ts";
import {
  addPart,
  type Completion,
  emptyCompletion,
  judge,
  malformed,
  textOf,
  usageOf,
} from "./completion.ts";
import { importOpenAI } from "./deps.ts";
import type { Endpoint } from "./endpoint.ts";
import { ChatFailure, type ChatFailureKind, endedBy } from "./failure.ts";
import type { Usage } from "./reply.ts";
import type { ChatRequest } from "./request.ts";
import { exhausted, retryAfterMs } from "./retry_after.ts";

/** One try: one request to one server. */
export interface Attempt {
  /** The request that is sent. */
  readonly request: ChatRequest;
  /** Number of the sample, which is added to the seed. */
  readonly sample: number;
  /** Name of the call, the same for all its tries: a server that knows idempotency keys answers it once. */
  readonly key: string;
  /** Name of this try: an answer that bears another belongs to somebody else. */
  readonly id: string;
  /** Ends the try. */
  readonly signal?: AbortSignal | undefined;
}

/** Result of a successful try. */
export interface Answer {
  /** The whole, usable completion. */
  readonly completion: Completion;
  /** Tokens of the try. */
  readonly usage: Usage;
  /** Milliseconds for which the server wants no further request, where its limit is used up. */
  readonly pauseMs?: number | undefined;
}

/** Name of the header that says which request an answer belongs to. */
const REQUEST_ID = "x-client-request-id";

/**
 * Asks a server once.
 *
 * @throws ChatFailure whatever went wrong, with what it cost nevertheless
 */
export async function attempt(endpoint: Endpoint, one: Attempt): Promise<Answer> {
  const { silentMs = 60_000 } = endpoint;
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), silentMs);
  };
  const completion = emptyCompletion(one.request.model);
  heard();
  try {
    const signal = AbortSignal.any([silence.signal, ...one.signal ? [one.signal] : []]);
    const response = await send(endpoint, one, { signal, heard }, completion);
    const usage = usageOf(completion, one.request);
    const id = response.headers.get(REQUEST_ID);
    if (id !== null && id !== one.id) {
      throw new ChatFailure(
        "mismatched",
        `Cannot use the answer: expected one to request ${one.id}, found one to ${id}; if it happens again, ` +
          "ask this server one request at a time (limits: { concurrency: 1 })",
        { usage },
      );
    }
    judge(completion, usage);
    return { completion, usage, pauseMs: exhausted(response.headers) };
  } catch (error) {
    // What came before the end was paid for, though nobody can use it.
    const partial = textOf(completion);
    const usage = partial || completion.usage ? usageOf(completion, one.request) : undefined;
    if (one.signal?.aborted) throw endedBy(one.signal, { usage, partial });
    if (silence.signal.aborted) {
      throw new ChatFailure(
        "stalled",
        `Cannot wait longer for ${endpoint.baseURL}: nothing came for ${silentMs} ms; raise silentMs if it is slow`,
        { usage, partial },
        error,
      );
    }
    throw toFailure(error, endpoint, { usage, partial });
  } finally {
    clearTimeout(timer);
  }
}

/** Sends the request and fills the completion with what comes. */
async function send(
  endpoint: Endpoint,
  { request, sample, key, id }: Attempt,
  { signal, heard }: { signal: AbortSignal; heard: () => void },
  completion: Completion,
): Promise<Response> {
  const { baseURL, apiKey = "none", stream = true, maxTokensName = "max_tokens" } = endpoint;
  const { default: OpenAI } = await importOpenAI();
  const client = new OpenAI({
    baseURL,
    apiKey,
    organization: null,
    project: null,
    logLevel: "off",
    maxRetries: 0, // tries are counted, limited and paid for in one place: `endpoint_chat.ts`
    timeout: 2 ** 31 - 1,
  });
  const body = withoutUndefined({
    model: request.model,
    temperature: request.temperature,
    seed: request.seed + sample,
    [maxTokensName]: request.maxTokens,
    top_p: request.topP,
    stop: request.stop && [...request.stop] as string[],
  });
  const options = { signal, headers: { [REQUEST_ID]: id, "idempotency-key": key } };
  const prompt = request.messages.map(({ content }) => content).join("");
  const messages = [...request.messages];
  const whole = (body: unknown, response: Response): Response => {
    // As the client has it of an error that comes in a stream, which has no status either.
    const { error } = isRecord(body) ? body : {};
    if (error) throw new OpenAI.APIError(undefined, Object(error), undefined, response.headers);
    addPart(completion, body);
    return response;
  };
  if (!stream) {
    const { data, response } = request.raw
      ? await client.completions.create({ ...body, prompt }, options).withResponse()
      : await client.chat.completions.create({ ...body, messages }, options).withResponse();
    return whole(data, response);
  }
  const streamed = { ...body, stream: true, stream_options: { include_usage: true } } as const;
  const { data, response } = request.raw
    ? await client.completions.create({ ...streamed, prompt }, options).withResponse()
    : await client.chat.completions.create({ ...streamed, messages }, options).withResponse();
  const type = response.headers.get("content-type") ?? "";
  // A server that knows no streams answers in one body.
  if (/json/.test(type)) return whole(await response.json(), response);
  if (!/event-stream/.test(type)) throw malformed(await response.text());
  for await (const chunk of data) {
    heard();
    addPart(completion, chunk);
  }
  if (completion.finishReason === null) {
    signal.throwIfAborted();
    throw new ChatFailure("cut", "Cannot use the answer: the stream ended before the answer did");
  }
  return response;
}

/** What is read of the client's errors. */
interface ServerError {
  /** Status of the response; none where there was none, or one of success. */
  readonly status?: number;
  readonly headers?: Headers;
  readonly message: string;
  /** What the server told of the error. */
  readonly error?: unknown;
}

/** The status that a server tells in an error under another one: the response's was a success by then. */
function codeOf(told: unknown): number | undefined {
  const code = isRecord(told) ? told.code : undefined;
  return isWithin(code, { whole: true, from: 400, to: 599 }) ? code : undefined;
}

/** Any error of a try as the failure that it is, with what is known of the cost. */
function toFailure(
  error: unknown,
  { baseURL, apiKey }: Endpoint,
  known: { usage: Usage | undefined; partial: string },
): ChatFailure {
  if (error instanceof ChatFailure) {
    if (error.usage.promptTokens > 0) return error;
    return new ChatFailure(error.kind, error.message, known, error.cause);
  }
  const { error: told, status = codeOf(told), headers, message } = error as ServerError;
  // Some servers repeat the key in their complaint about it.
  const said = apiKey ? `${message}`.replaceAll(apiKey, "(the key)") : message;
  if (status !== undefined) {
    const busy = [408, 409, 429].includes(status);
    const kind: ChatFailureKind = busy ? "busy" : status >= 500 ? "server" : "rejected";
    const advice = kind === "rejected" ? "; check key, model and request" : "";
    return new ChatFailure(kind, `Cannot ask ${baseURL}: it answered ${said}${advice}`, {
      ...known,
      status,
      retryAfterMs: headers && retryAfterMs(headers, Date.now()),
    });
  }
  if (told !== undefined) {
    return new ChatFailure(
      known.partial ? "cut" : "server",
      `Cannot ask ${baseURL}: it answered ${said}`,
      known,
    );
  }
  if (error instanceof SyntaxError) return malformed(message, error);
  // A connection that breaks while an answer streams looks like one that never was, but for what came.
  return known.partial
    ? new ChatFailure(
      "cut",
      `Cannot use the answer of ${baseURL}: its connection broke (${message})`,
      known,
      error,
    )
    : new ChatFailure(
      "network",
      `Cannot reach ${baseURL}: ${causes(error)}; check that the server runs and listens there`,
      known,
      error,
    );
}

/** The messages of an error and of what caused it. */
function causes(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} ${causes(cause)}` : message;
}
