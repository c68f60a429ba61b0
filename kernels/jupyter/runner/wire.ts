import { createHmac, randomUUID } from "node:crypto";

/** A message of the Jupyter messaging protocol 5 (jupyter-client.readthedocs.io, "Messaging in Jupyter"). */
export interface Message {
  /** Identifier of the message. */
  id: string;
  /** `execute_request`, `stream`, `status`, … */
  type: string;
  /** The id of the request this answers. */
  parent: string | undefined;
  /** The message's own part; its fields depend on `type`. */
  content: Record<string, unknown>;
}

const DELIMITER = "<IDS|MSG>";
const utf8 = { encoder: new TextEncoder(), decoder: new TextDecoder() };

/** A request as the frames to send, with its id. */
export function encodeMessage(
  key: string,
  session: string,
  type: string,
  content: Record<string, unknown>,
): { id: string; frames: Uint8Array[] } {
  const id = randomUUID();
  const date = new Date().toISOString();
  const header = { msg_id: id, msg_type: type, session, username: "espalier", date, version: "5.3" };
  const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
  return { id, frames: [DELIMITER, sign(key, parts), ...parts].map((text) => utf8.encoder.encode(text)) };
}

/** The message in the frames that came in; a wrong signature throws. */
export function decodeMessage(key: string, frames: readonly Uint8Array[]): Message {
  const texts = frames.map((bytes) => utf8.decoder.decode(bytes));
  const start = texts.indexOf(DELIMITER) + 1; // before it: the addresses a router put there
  const [signature, ...rest] = texts.slice(start, start + 5);
  if (start === 0 || rest.length < 4) {
    throw new SyntaxError("Cannot read a Jupyter message: frames are missing");
  }
  if (signature !== sign(key, rest)) throw new SyntaxError("Cannot trust a Jupyter message: wrong signature");
  const [header, parent, , content] = rest.map((text) => JSON.parse(text) as Record<string, unknown>);
  return {
    id: String(header!.msg_id),
    type: String(header!.msg_type),
    parent: typeof parent!.msg_id === "string" ? parent!.msg_id : undefined,
    content: content!,
  };
}

function sign(key: string, parts: readonly string[]): string {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}
