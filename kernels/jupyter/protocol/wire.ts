import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { SyntaxError } from "../../../lib/errors.ts";

/** A part of a message: an object of JSON. */
export type Json = Record<string, unknown>;

/** A message of the Jupyter messaging protocol 5 (jupyter-client.readthedocs.io, "Messaging in Jupyter"). */
export interface Message {
  /** Identifier of the message. */
  id: string;
  /** `execute_request`, `stream`, `status`, … */
  type: string;
  /** The id of the request this answers. */
  parent: string | undefined;
  /** The message's own part; its fields depend on `type`. */
  content: Json;
  /** Who sent it and when, as it came: the parent header of what answers it. */
  header: Json;
  /** Header of the request this answers; empty where there is none. */
  parentHeader: Json;
  /** Notes of other programs. */
  metadata: Json;
  /** Bytes that belong to the content. */
  buffers: Uint8Array[];
  /** The addresses that a router put before it: answers go back by them. */
  route: Uint8Array[];
}

/** Parts of a message beside its content. */
export interface Extras {
  /** Header of the request that it answers. Default: it answers none. */
  parentHeader?: Json;
  /** Notes of other programs. Default: nothing. */
  metadata?: Json;
  /** Bytes that belong to the content. Default: none. */
  buffers?: readonly Uint8Array[];
}

const DELIMITER = "<IDS|MSG>";
const VERSION = "5.4";
const utf8 = { encoder: new TextEncoder(), decoder: new TextDecoder() };

/** A message as the frames to send, with its id. */
export function encodeMessage(
  { key, session }: { key: string; session: string },
  type: string,
  content: Json,
  { parentHeader = {}, metadata = {}, buffers = [] }: Extras = {},
): { id: string; frames: Uint8Array[] } {
  const id = randomUUID();
  const date = new Date().toISOString();
  const header = { msg_id: id, msg_type: type, session, username: "espalier", date, version: VERSION };
  const parts = [header, parentHeader, metadata, content].map((part) =>
    utf8.encoder.encode(JSON.stringify(part))
  );
  const [delimiter, signature] = [DELIMITER, sign(key, parts)].map((text) => utf8.encoder.encode(text));
  return { id, frames: [delimiter!, signature!, ...parts, ...buffers] };
}

/**
 * The message in the frames that came in.
 *
 * @throws SyntaxError where frames are missing, the signature is wrong, or a part is not what the protocol
 * says
 */
export function decodeMessage(key: string, frames: readonly Uint8Array[]): Message {
  const start = frames.findIndex((frame) =>
    frame.length === DELIMITER.length && utf8.decoder.decode(frame) === DELIMITER
  );
  const [signature, ...parts] = frames.slice(start + 1, start + 6);
  if (start < 0 || parts.length < 4) {
    throw new SyntaxError("Cannot read a Jupyter message: frames are missing");
  }
  // A kernel without a key takes every message: the protocol says so.
  if (key && !isSame(signature!, utf8.encoder.encode(sign(key, parts)))) {
    throw new SyntaxError("Cannot trust a Jupyter message: wrong signature");
  }
  const [header, parentHeader, metadata, content] = parts.map(readPart) as [Json, Json, Json, Json];
  const { msg_id: id, msg_type: type } = header;
  if (typeof id !== "string" || typeof type !== "string") {
    throw new SyntaxError("Cannot read a Jupyter message: its header needs msg_id and msg_type");
  }
  return {
    id,
    type,
    parent: typeof parentHeader.msg_id === "string" ? parentHeader.msg_id : undefined,
    content,
    header,
    parentHeader,
    metadata,
    buffers: frames.slice(start + 6),
    route: frames.slice(0, start),
  };
}

function readPart(bytes: Uint8Array): Json {
  let part: unknown;
  try {
    part = JSON.parse(utf8.decoder.decode(bytes));
  } catch {
    throw new SyntaxError("Cannot read a Jupyter message: a part of it is no JSON");
  }
  if (typeof part === "object" && part !== null && !Array.isArray(part)) return part as Json;
  throw new SyntaxError("Cannot read a Jupyter message: a part of it is no object");
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function sign(key: string, parts: readonly Uint8Array[]): string {
  if (!key) return "";
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}
