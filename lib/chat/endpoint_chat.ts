import { COUNT, MOST, requireNumbers } from "../bounds.ts";
import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions, withoutUndefined } from "../options.ts";
import { attempt } from "./attempt.ts";
import type { Chat } from "./chat.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Endpoint } from "./endpoint.ts";
import { ChatFailure, endedBy, TRIED_AGAIN } from "./failure.ts";
import { type Limiter, openLimiter } from "./limiter.ts";
import { addUsage, type ChatReply, estimatePrompt, NO_USAGE, totalTokens } from "./reply.ts";
import { type ChatRequest, checkRequest, requestHash } from "./request.ts";
import { stopSignal } from "../stop.ts";

/** How often a call is tried, and how long is waited in between. */
export interface EndpointChatOptions {
  /** Tries of one call at most. Default: 6. */
  readonly tries?: number | undefined;
  /**
   * Milliseconds of the first wait; each further one is twice as long, and a random half of each is left
   * out, so that callers who failed together do not come again together. Default: 500.
   */
  readonly firstWaitMs?: number | undefined;
  /**
   * The longest wait, in milliseconds. A server that asks for more is not waited for, nor asked until then:
   * where no other has the model, calls fail. Default: 60,000.
   */
  readonly longestWaitMs?: number | undefined;
  /** Time for all waits between tries and of the limits. Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/** Names of {@linkcode EndpointChatOptions}. */
const ENDPOINT_CHAT_OPTIONS: OptionNames<EndpointChatOptions> = {
  tries: true,
  firstWaitMs: true,
  longestWaitMs: true,
  clock: true,
};

/** An endpoint with the limits that all callers share. */
interface Station {
  endpoint: Endpoint;
  limiter: Limiter;
}

/**
 * A chat with one or more OpenAI-compatible servers.
 *
 * Every call goes through the limits of its server, which all callers share, so one function serves all
 * agents of all questions. A call that fails in a way that may pass is tried again: where several servers
 * have the model, at the one that is free soonest; `Retry-After` and used-up limits make all callers wait.
 *
 * @throws RangeError where no endpoint is given, or a limit or an option cannot be; from a call, where no
 * endpoint has the model or the request cannot be sent
 * @example
 * ```ts ignore
 * const chat = endpointChat({ baseURL: "http://127.0.0.1:8080/v1" });
 * const { content, usage } = await chat({
 *   model: "smollm2",
 *   messages: [{ role: "user", content: "What is 2 + 2?" }],
 *   temperature: 0,
 *   seed: 0,
 *   maxTokens: 50,
 * });
 * ```
 */
export function endpointChat(
  endpoints: Endpoint | readonly Endpoint[],
  options: EndpointChatOptions = {},
): Chat {
  requireOptions("endpointChat", options, ENDPOINT_CHAT_OPTIONS);
  const { tries = 6, firstWaitMs = 500, longestWaitMs = 60_000, clock = systemClock } = options;
  requireNumbers("open a chat", { tries }, COUNT);
  requireNumbers("open a chat", { firstWaitMs, longestWaitMs }, MOST);
  const stations: Station[] = [endpoints].flat().map((endpoint) => ({
    endpoint: checked(endpoint),
    limiter: openLimiter(endpoint.limits ?? {}, clock, longestWaitMs),
  }));
  if (stations.length === 0) throw new RangeError("Cannot open a chat: expected at least one endpoint");

  return async (request, { sample = 0, signal: own } = {}) => {
    const signal = stopSignal(own);
    checkRequest(request);
    const serving = servingOf(stations, request.model);
    const key = requestHash(request, sample);
    let started: number | undefined;
    const tookMs = () => started === undefined ? 0 : clock.now() - started;
    let lost = NO_USAGE;
    const spent = () => ({ usage: lost, latencyMs: tookMs() });
    let last: Station | undefined;
    for (let tried = 1;; tried++) {
      const station = freest(serving, last);
      last = station;
      try {
        const begin = () => void (started ??= clock.now());
        const { completion, usage } = await once(station, { request, sample, key }, { begin, signal });
        return withoutUndefined({
          content: completion.content!,
          reasoning: completion.reasoning,
          finishReason: completion.finishReason ?? "stop",
          usage,
          lost,
          tries: tried,
          latencyMs: tookMs(),
          model: completion.model,
          endpoint: station.endpoint.baseURL,
        }) satisfies ChatReply;
      } catch (error) {
        if (!(error instanceof ChatFailure)) {
          throw signal?.aborted ? endedBy(signal, { ...spent(), tries: tried }) : error;
        }
        const earlier = lost;
        lost = addUsage(lost, error.usage);
        const asked = error.retryAfterMs ?? 0;
        if (asked > 0) station.limiter.pause(asked);
        const tooLong = asked > longestWaitMs &&
          serving.every(({ limiter }) => limiter.pauseMs() > longestWaitMs);
        if (!TRIED_AGAIN[error.kind] || tried >= tries || tooLong) {
          throw ended(
            error,
            { ...spent(), lost: earlier, tries: tried },
            tooLong ? station.endpoint.baseURL : undefined,
          );
        }
        const wait = Math.min(firstWaitMs * 2 ** (tried - 1), longestWaitMs) * (0.5 + Math.random() / 2);
        await clock.sleep(wait, signal).catch(() => {
          throw endedBy(signal!, { ...spent(), tries: tried });
        });
      }
    }
  };
}

/** One try at one server, which begins once its limits let it in. */
async function once(
  { endpoint, limiter }: Station,
  { request, sample, key }: { request: ChatRequest; sample: number; key: string },
  { begin, signal }: { begin: () => void; signal: AbortSignal | undefined },
): ReturnType<typeof attempt> {
  const leave = await limiter.enter(estimatePrompt(request.messages) + request.maxTokens, signal);
  begin();
  try {
    const answer = await attempt(endpoint, { request, sample, key, id: crypto.randomUUID(), signal });
    // Before the next one is let in.
    if (answer.pauseMs) limiter.pause(answer.pauseMs);
    leave(totalTokens(answer.usage));
    return answer;
  } finally {
    leave();
  }
}

/** @throws RangeError where an endpoint has no address that can be asked */
function checked(endpoint: Endpoint): Endpoint {
  if (URL.canParse(endpoint.baseURL) && /^https?:$/.test(new URL(endpoint.baseURL).protocol)) return endpoint;
  throw new RangeError(
    `Cannot open a chat: expected a base URL such as http://127.0.0.1:8080/v1, found "${endpoint.baseURL}"`,
  );
}

function servingOf(stations: readonly Station[], model: string): Station[] {
  const serving = stations.filter(({ endpoint }) => endpoint.models?.includes(model) ?? true);
  if (serving.length > 0) return serving;
  const known = stations.flatMap(({ endpoint }) => endpoint.models ?? []).join(", ");
  throw new RangeError(`Cannot ask the model "${model}": expected one that an endpoint has (${known})`);
}

/**
 * The server that is free soonest; of equals not the last one, which has just failed and so may be the least
 * loaded, then the one with the most room for what it may do at a time.
 */
function freest(stations: readonly Station[], last: Station | undefined): Station {
  const rank = (station: Station) =>
    [station.limiter.waitMs(), station === last ? 1 : 0, station.limiter.load] as const;
  return stations.map((station) => ({ station, rank: rank(station) }))
    .reduce((best, one) => {
      const difference = one.rank.map((value, i) => value - best.rank[i]!).find((value) => value !== 0) ?? 0;
      return difference < 0 ? one : best;
    }).station;
}

/**
 * The failure of a whole call: what all its tries cost and took, and how many there were.
 *
 * @param pausing address of the server that wants no request for longer than may be waited, where one does
 */
function ended(
  last: ChatFailure,
  spent: Pick<ChatFailure, "usage" | "lost" | "tries" | "latencyMs">,
  pausing: string | undefined,
): ChatFailure {
  const { kind, message, partial, status, retryAfterMs } = last;
  const note = pausing !== undefined
    ? `; ${pausing} asks to wait ${Math.ceil(retryAfterMs! / 1000)} s, more than longestWaitMs allows`
    : spent.tries > 1
    ? ` (tried ${spent.tries} times)`
    : "";
  return new ChatFailure(kind, message + note, { ...spent, partial, status, retryAfterMs }, last.cause);
}
