import { Error } from "../errors.ts";
import { withoutUndefined } from "../options.ts";
import { appendJsonLine, readJsonLines } from "../files/json_lines.ts";
import { fields, list, number, oneOf, type Schema, text } from "../files/schema.ts";
import type { CallPlace } from "./chat.ts";
import { ChatFailure, type ChatFailureKind, OWN_WORDS, TRIED_AGAIN } from "./failure.ts";
import { type ChatReply, totalTokens, type Usage } from "./reply.ts";
import { type ChatRequest, requestHash } from "./request.ts";

/** A failure as a recording keeps it. */
export interface RecordedFailure {
  /** Why there was no answer. */
  readonly kind: ChatFailureKind;
  /** Message of the failure. */
  readonly message: string;
  /** Tokens spent nevertheless. */
  readonly usage: Usage;
  /** Tokens of earlier tries, which `usage` has, too; absent where there were none. */
  readonly lost?: Usage | undefined;
  /** Part of an answer that arrived. */
  readonly partial: string;
  /** Number of tries. */
  readonly tries: number;
  /** Milliseconds that the call took; absent where nobody took the time. */
  readonly latencyMs?: number | undefined;
}

/** One call, as one line of a recording: what was asked, and the reply or the failure. */
export interface RecordedCall {
  /** SHA-256 of the canonical request and the sample's number. */
  readonly hash: string;
  /** Number of the sample. */
  readonly sample: number;
  /** Where the call belonged. */
  readonly place?: CallPlace | undefined;
  /** The request, in full. */
  readonly request: ChatRequest;
  /** The answer, in full, where there was one. */
  readonly reply?: ChatReply | undefined;
  /** Reason why there was no answer. */
  readonly failure?: RecordedFailure | undefined;
  /** When it was written down, in the form of ISO 8601; absent in a recording without times. */
  readonly at?: string | undefined;
}

/**
 * The calls of a recording, a file with one JSON value a line; none where there is no file. A line that was
 * cut off because the process was killed, or damaged, is passed over.
 *
 * @param tell is told of each such line: which it is, and why
 * @throws Error where a line's hash is not that of its request: it was changed by hand or by accident
 */
export async function readRecording(
  path: string,
  tell?: (problem: string) => void,
): Promise<RecordedCall[]> {
  return checkCalls(await readJsonLines<RecordedCall>(path, CALL, tell), path);
}

const USAGE = fields({ promptTokens: number, completionTokens: number });

/** Shape of a call. */
export const CALL: Schema = fields({
  hash: text,
  sample: number,
  request: fields({ messages: list(fields({ role: text, content: text })) }),
}, {
  reply: fields({ content: text, usage: USAGE }),
  failure: fields({ kind: oneOf(...Object.keys(TRIED_AGAIN)), message: text, usage: USAGE }, { lost: USAGE }),
  at: text,
});

/** The hash of what was asked; none where it is nothing that can be asked, as an infinite seed. */
function hashOf({ request, sample }: RecordedCall): string | undefined {
  try {
    return requestHash(request, sample);
  } catch {
    return undefined;
  }
}

/** @throws Error where a call's hash is not that of its request, or it has neither reply nor failure */
export function checkCalls(calls: readonly RecordedCall[], what: string): RecordedCall[] {
  calls.forEach((call, i) => {
    const whole = (call.reply === undefined) !== (call.failure === undefined);
    if (!whole || call.hash !== hashOf(call)) {
      throw new Error(
        `Cannot replay ${what}: call ${i + 1} ${
          whole ? "has another hash than its request" : "has no answer"
        }; record it again, or leave the line out`,
      );
    }
  });
  return [...calls];
}

/** Adds a call to a recording. */
export async function appendCall(path: string, call: RecordedCall): Promise<void> {
  await appendJsonLine(path, call);
}

/** A failed call in the form that recordings keep. */
export function toRecorded(failure: ChatFailure): RecordedFailure {
  const { kind, message, usage, partial, tries, latencyMs } = failure;
  const lost = totalTokens(failure.lost) > 0 ? failure.lost : undefined;
  return withoutUndefined({ kind, message, usage, lost, partial, tries, latencyMs });
}

/** The outcome of a recorded call once more: the reply, or the failure thrown. */
export function outcomeOf({ reply, failure }: RecordedCall): ChatReply {
  if (reply) return reply;
  throw new ChatFailure(failure!.kind, failure!.message, failure!);
}

/** Whether a recorded call need not be made again: it was answered, or the model would say the same again. */
export function isSettled({ reply, failure }: RecordedCall): boolean {
  return reply !== undefined || OWN_WORDS.has(failure!.kind);
}
