import type { Limits } from "./limiter.ts";

/** An OpenAI-compatible server. */
export interface Endpoint {
  /** Address under which `/chat/completions` lies: `http://127.0.0.1:8080/v1`. */
  readonly baseURL: string;
  /** The key to it, which goes nowhere else: no error, recording or transcript has it. Default: none. */
  readonly apiKey?: string | undefined;
  /** Names of the models to ask there. Default: any. */
  readonly models?: readonly string[] | undefined;
  /** How much may be asked of it, by all callers together. */
  readonly limits?: Limits | undefined;
  /** Whether the answer is to come piece by piece, so that a dead connection shows early. Default: true. */
  readonly stream?: boolean | undefined;
  /** Milliseconds of silence after which a try is given up. Default: 60,000; without `stream` for it all. */
  readonly silentMs?: number | undefined;
  /** The server's name for the bound of an answer's tokens. Default: `max_tokens`. */
  readonly maxTokensName?: "max_tokens" | "max_completion_tokens" | undefined;
}
