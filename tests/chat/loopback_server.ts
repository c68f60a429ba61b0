/** An OpenAI-compatible server on this machine that does what a script says, well or badly. */

/** What the server does with one request. */
export type Act = (exchange: Exchange) => Response | Promise<Response>;

/** One request as the server sees it. */
export interface Exchange {
  body: {
    model: string;
    messages: { role: string; content: string }[];
    stream?: boolean;
    seed: number;
    temperature: number;
    max_tokens?: number;
    max_completion_tokens?: number;
  };
  headers: Headers;
  /** What a good server answers to it. */
  answer: string;
}

export interface LoopbackServer extends AsyncDisposable {
  baseURL: string;
  /** Every request, in order. */
  seen: Exchange[];
  /** Most requests at a time. */
  peak: number;
}

/** Starts a server that asks `act` what to do with each request; `times` is how often this call came before. */
export function loopbackServer(act: (exchange: Exchange, times: number) => Act): LoopbackServer {
  const seen: Exchange[] = [];
  let running = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (!new URL(request.url).pathname.endsWith("/v1/chat/completions")) {
      return new Response("", { status: 404 });
    }
    const body = await request.json();
    const exchange = { body, headers: request.headers, answer: answerTo(body) };
    const key = request.headers.get("idempotency-key");
    const times = seen.filter(({ headers }) => headers.get("idempotency-key") === key).length;
    seen.push(exchange);
    running++;
    loopback.peak = Math.max(loopback.peak, running);
    try {
      return await act(exchange, times)(exchange);
    } finally {
      running--;
    }
  });
  const loopback: LoopbackServer = {
    baseURL: `http://127.0.0.1:${server.addr.port}/v1`,
    seen,
    peak: 0,
    // What stalls on purpose is not waited for.
    [Symbol.asyncDispose]: async () =>
      await Promise.race([server.shutdown(), new Promise<void>((r) => setTimeout(r, 50))]),
  };
  return loopback;
}

/** What the server answers: the question once more, with letters of more than one byte. */
export function answerTo(body: Exchange["body"]): string {
  return `Ünswer № ${body.seed} to «${body.messages.at(-1)!.content}»`;
}

export const USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

const headersFor = ({ headers }: Exchange, type: string) => ({
  "content-type": type,
  "x-client-request-id": headers.get("x-client-request-id")!,
});

const chunk = (delta: unknown, finish: string | null = null, rest: object = {}) => ({
  id: "c",
  object: "chat.completion.chunk",
  model: "served",
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...rest,
});

/** Server-sent events as bytes. */
export const events = (...values: unknown[]): Uint8Array =>
  new TextEncoder().encode(
    values.map((value) => `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`).join(""),
  );

/** A response of bytes that come in the given pieces, each in its own packet; `end` says how it ends. */
export function pieces(
  exchange: Exchange,
  parts: Uint8Array[],
  end: "close" | "break" | "hang" = "close",
): Response {
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (at < parts.length) controller.enqueue(parts[at++]!);
      else if (end === "close") controller.close();
      else if (end === "break") controller.error("a stream is broken on purpose");
      else await new Promise(() => {}); // silent until the client goes away
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers: headersFor(exchange, "text/event-stream") });
}

/** The parts of a good stream: every byte apart, so that characters are split too. */
const goodStream = ({ answer }: Exchange, usage: unknown = USAGE, finish = "stop") =>
  Array.from(
    events(
      chunk({ role: "assistant", content: "" }),
      ...answer.match(/.{1,5}/gsu)!.map((content) => chunk({ content })),
      chunk({}, finish),
      ...usage === null ? [] : [{ ...chunk({}), choices: [], usage }],
      "[DONE]",
    ),
  );

/** A good answer in one body. */
export const whole = (change: object = {}, rest: object = { usage: USAGE }): Act => (exchange) =>
  Response.json({
    id: "c",
    object: "chat.completion",
    model: "served",
    choices: [{
      index: 0,
      message: { role: "assistant", content: exchange.answer },
      finish_reason: "stop",
      ...change,
    }],
    ...rest,
  }, { headers: headersFor(exchange, "application/json") });

/** A good answer, as a stream where one is asked for, in pieces of so many bytes. */
const goodIn = (size: number): Act => (exchange) =>
  exchange.body.stream
    ? pieces(exchange, split(Uint8Array.from(goodStream(exchange)), size))
    : whole()(exchange);

/** A good answer. */
export const good: Act = goodIn(997);

/** A good answer whose bytes come a few at a time, so that events and characters are torn apart. */
export const goodInShreds: Act = goodIn(7);

/** A good stream without the server's count. */
export const withoutUsage: Act = (exchange) =>
  pieces(exchange, split(Uint8Array.from(goodStream(exchange, null)), 997));

/** A stream of thoughts, under a server's name for them, and an answer. */
export const thinkingStream = (exchange: Exchange, name: string): Response =>
  pieces(exchange, [
    events(
      ...["Two ", "and two."].map((text) => chunk({ [name]: text })),
      ...["It is", " 4."].map((content) => chunk({ content })),
      chunk({}, "stop"),
      { ...chunk({}), choices: [], usage: USAGE },
      "[DONE]",
    ),
  ]);

/** A stream that ends in the middle of the answer, with its connection or without. */
export const cut = (end: "close" | "break"): Act => (exchange) =>
  pieces(exchange, [events(chunk({ content: exchange.answer.slice(0, 6) }))], end);

/** A stream in which an error comes, after so much of the answer. */
export const errorInside = (error: unknown, letters = 0): Act => (exchange) =>
  pieces(exchange, [
    events(...letters > 0 ? [chunk({ content: exchange.answer.slice(0, letters) })] : [], { error }),
  ]);

/** A stream that goes silent in the middle. */
export const stalls: Act = (exchange) => pieces(exchange, [events(chunk({ content: "…" }))], "hang");

/** An answer that belongs to another request. */
export const mismatched: Act = (exchange) => {
  const response = whole()({ ...exchange, answer: "the answer to somebody else's question" }) as Response;
  response.headers.set("x-client-request-id", "somebody-else");
  return response;
};

/** A status with headers. */
export const status = (code: number, headers: Record<string, string> = {}): Act => () =>
  Response.json({ error: { message: `status ${code} on purpose` } }, { status: code, headers });

/** Something that is no completion. */
export const page: Act = () =>
  new Response("<html>Welcome</html>", { headers: { "content-type": "text/html" } });

/** An error that calls itself a success. */
export const errorAsSuccess: Act = () => Response.json({ error: { message: "out of memory" } });

function split(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from(
    { length: Math.ceil(bytes.length / size) },
    (_, i) => bytes.slice(i * size, (i + 1) * size),
  );
}
