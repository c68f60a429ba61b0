import { requireOptions, withoutUndefined } from "../options.ts";
import { requireAppendable } from "../files/json_lines.ts";
import type { Chat, ChatCall } from "./chat.ts";
import { ChatFailure } from "./failure.ts";
import {
  appendCall,
  checkCalls,
  isSettled,
  outcomeOf,
  readRecording,
  type RecordedCall,
  toRecorded,
} from "./recording.ts";
import type { ChatReply } from "./reply.ts";
import { type ChatRequest, checkRequest, requestHash } from "./request.ts";
import { untilEnded } from "./until_ended.ts";

/** Where a recording lies, and who is asked for what it lacks. */
export interface RecordedChatOptions {
  /** File of the recording, one JSON value a line. */
  readonly path: string;
  /**
   * Who answers what is not recorded yet (`record-missing`); each answer is on disk before it is given.
   * Default: nobody, and what is missing is a failure (`strict`).
   */
  readonly missing?: Chat | undefined;
}

/**
 * A chat that answers from a recording: strictly, or asking another chat for what is missing.
 *
 * The same request and sample always get the same answer, word for word and number for number, and one that
 * failed for good fails again. Calls for the same answer at the same time are one call, so nothing is asked
 * or paid for twice; a run that was killed and starts again goes on where it was. What failed in a way that
 * may pass (`network`, `busy`, a deadline, …) is recorded too, and asked again where somebody can be asked.
 *
 * @throws Error where the recording cannot be read, or was changed; where somebody can be asked and it cannot
 * be written, before anybody is
 */
export async function recordedChat(options: RecordedChatOptions): Promise<Chat> {
  requireOptions("recordedChat", options, { path: true, missing: true });
  const { path, missing } = options;
  if (missing) await requireAppendable(path, "record calls");
  const problems: string[] = [];
  const calls = await readRecording(path, (problem) => void problems.push(problem));
  return replay(
    calls,
    problems.length > 0 ? `${path} (passed over: ${problems.join("; ")})` : path,
    missing && ((request, call, hash) => record(missing, path, { request, call, hash })),
  );
}

/**
 * A chat that answers from recorded calls in memory, strictly: what is missing is a failure.
 *
 * @throws Error where a call was changed
 */
export function replayChat(calls: readonly RecordedCall[]): Chat {
  return replay(checkCalls(calls, "the recording"), "the recording", undefined);
}

type Ask = (request: ChatRequest, call: ChatCall, hash: string) => Promise<RecordedCall>;

function replay(calls: readonly RecordedCall[], what: string, ask: Ask | undefined): Chat {
  const known = new Map<string, RecordedCall>();
  for (const call of calls) {
    const before = known.get(call.hash);
    // The later line counts, but a failure that may pass takes nothing from an answer.
    if (!before || isSettled(call) || !isSettled(before)) known.set(call.hash, call);
  }
  const running = new Map<string, Promise<RecordedCall>>();
  const chat: Chat = async (request, call = {}): Promise<ChatReply> => {
    checkRequest(request);
    const hash = requestHash(request, call.sample);
    const found = known.get(hash);
    if (found && (isSettled(found) || !ask)) return outcomeOf(found);
    if (!ask) throw notRecorded(what, hash, request, call);
    const others = running.get(hash);
    if (others) {
      const made = await untilEnded(others, call.signal);
      // Who asked first ran out of time, or changed their mind: that is not this caller's answer.
      if (made.failure?.kind !== "deadline" && made.failure?.kind !== "aborted") return outcomeOf(made);
      return await chat(request, call);
    }
    const answer = ask(request, call, hash).finally(() => running.delete(hash));
    running.set(hash, answer);
    const made = await answer;
    known.set(hash, made);
    return outcomeOf(made);
  };
  return chat;
}

/** Makes a call and writes down what it came to, before anybody can use it. */
async function record(
  chat: Chat,
  path: string,
  { request, call, hash }: { request: ChatRequest; call: ChatCall; hash: string },
): Promise<RecordedCall> {
  const { sample = 0, place } = call;
  const base = withoutUndefined({ hash, sample, place, request });
  let recorded: RecordedCall;
  try {
    recorded = { ...base, reply: await chat(request, call) };
  } catch (error) {
    // That nothing could be spent is no outcome of the call.
    if (!(error instanceof ChatFailure) || error.kind === "budget") throw error;
    recorded = { ...base, failure: toRecorded(error) };
  }
  await appendCall(path, { ...recorded, at: new Date().toISOString() });
  return recorded;
}

function notRecorded(
  what: string,
  hash: string,
  request: ChatRequest,
  { sample = 0 }: ChatCall,
): ChatFailure {
  const asked = request.messages.at(-1)!.content;
  return new ChatFailure(
    "not-recorded",
    `Cannot replay ${what}: it has no answer to sample ${sample} of request ${hash.slice(0, 12)}, to ` +
      `${request.model}, which ends with ${JSON.stringify(asked.slice(-60))}; record it with an endpoint ` +
      "(recordedChat with missing)",
  );
}
