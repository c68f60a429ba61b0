/**
 * As much of ZeroMQ's wire protocol (ZMTP 3.0, rfc.zeromq.org/spec/23) as Jupyter needs: a connection to a
 * peer without encryption, and messages of several frames.
 *
 * A Jupyter client or kernel is five such sockets, so this spares it a native ZeroMQ.
 */
import { Error, RangeError, SyntaxError } from "../../../lib/errors.ts";

const MORE = 1;
const LONG = 2;
const COMMAND = 4;
const GREETING_BYTES = 64;
/** Larger frames mean that the stream was misread; the largest outputs of a notebook are some MB. */
const LARGEST_FRAME = 1 << 30;
const LARGEST_READY = 1 << 16;

const utf8 = new TextEncoder();

/** A kind of socket, which says what it does with messages. */
export type SocketType = "DEALER" | "ROUTER" | "SUB" | "XPUB" | "REP";

/** One connection: what was sent comes out at the other end, message by message. */
export interface Socket {
  /** The name by which the other end wants to be addressed; empty where it gave none. */
  readonly identity: Uint8Array;
  /** Sends one message of several frames. */
  send(frames: readonly Uint8Array[]): Promise<void>;
  /** The messages that come in, until the connection closes. */
  messages(): AsyncGenerator<Uint8Array[]>;
  /** Closes the connection. */
  close(): void;
}

/**
 * Connects as a DEALER (requests and replies) or as a SUB that subscribes to everything. A kernel knows by
 * the `identity` which connections belong to one client.
 */
export async function connectZmtp(
  type: "DEALER" | "SUB",
  port: number,
  identity: string = "",
): Promise<Socket> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const made = await shakeHands(connection, type, `port ${port}`, utf8.encode(identity));
  if (type === "SUB") await made.send([Uint8Array.of(1)]);
  return made;
}

/** Which sockets may talk to which (rfc.zeromq.org/spec/23, "Socket-Type"). */
const FITTING: Record<SocketType, readonly string[]> = {
  DEALER: ["ROUTER", "DEALER", "REP"],
  ROUTER: ["DEALER", "ROUTER", "REQ"],
  SUB: ["PUB", "XPUB"],
  XPUB: ["SUB", "XSUB"],
  REP: ["REQ", "DEALER"],
};

/**
 * Opens a connection as this kind of socket, once both sides have said what they are. `peer` names the other
 * side in messages.
 *
 * @throws SyntaxError, with the connection closed, where the other side does not speak ZMTP 3 or does not fit
 */
export async function shakeHands(
  connection: Deno.TcpConn,
  type: SocketType,
  peer: string,
  identity: Uint8Array = new Uint8Array(0),
): Promise<Socket> {
  try {
    connection.setNoDelay();
    const read = byteReader(connection);
    await writeAll(connection, greeting());
    const answer = await read(GREETING_BYTES);
    if (answer[0] !== 0xff || answer[9] !== 0x7f || answer[10]! < 3) {
      throw new SyntaxError(`Cannot talk to ${peer}: it does not speak ZMTP 3`);
    }
    await writeAll(connection, frame(COMMAND, ready(type, identity)));
    const { flags, body } = await readFrame(read, LARGEST_READY);
    const properties = flags & COMMAND ? readReady(body) : undefined;
    if (!properties) throw new SyntaxError(`Cannot talk to ${peer}: expected the READY command`);
    const other = new TextDecoder().decode(properties.get("socket-type"));
    if (!FITTING[type].includes(other)) {
      throw new SyntaxError(
        `Cannot talk to ${peer}: its socket is ${other || "of no type"}, this one ${type}`,
      );
    }
    return socket(connection, read, properties.get("identity") ?? new Uint8Array(0));
  } catch (error) {
    connection.close();
    throw error;
  }
}

function socket(connection: Deno.TcpConn, read: Read, identity: Uint8Array): Socket {
  let sending = Promise.resolve();
  let open = true;
  return {
    identity,
    send(frames) {
      const bytes = frames.map((body, i) => frame(i < frames.length - 1 ? MORE : 0, body));
      // One after another: two messages must not mix their frames.
      sending = sending.then(() => writeAll(connection, concat(bytes)));
      return sending;
    },
    async *messages() {
      let frames: Uint8Array[] = [];
      while (open) {
        let next;
        try {
          next = await readFrame(read);
        } catch (error) {
          if (open && !(error instanceof EndOfStream)) throw error;
          return;
        }
        if (next.flags & COMMAND) continue;
        frames.push(next.body);
        if (next.flags & MORE) continue;
        yield frames;
        frames = [];
      }
    },
    close() {
      if (!open) return;
      open = false;
      try {
        connection.close();
      } catch {
        // The other side was faster.
      }
    },
  };
}

function greeting(): Uint8Array {
  const bytes = new Uint8Array(GREETING_BYTES);
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[10] = 3; // major version; the minor one is 0
  bytes.set(utf8.encode("NULL"), 12);
  return bytes;
}

/** READY, with the socket's type, and its identity where it has one. */
function ready(type: string, identity: Uint8Array): Uint8Array {
  const property = (name: string, value: Uint8Array) => {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, value.length);
    return [Uint8Array.of(name.length), utf8.encode(name), length, value];
  };
  return concat([
    Uint8Array.of(5),
    utf8.encode("READY"),
    ...property("Socket-Type", utf8.encode(type)),
    ...identity.length ? property("Identity", identity) : [],
  ]);
}

/** The properties of a READY command by lower-case name; `undefined` where it is no such command. */
function readReady(body: Uint8Array): Map<string, Uint8Array> | undefined {
  const text = (from: number, to: number) => new TextDecoder().decode(body.subarray(from, to));
  if (body[0] !== 5 || text(1, 6) !== "READY") return undefined;
  const properties = new Map<string, Uint8Array>();
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  for (let at = 6; at < body.length;) {
    const value = at + 1 + body[at]! + 4;
    if (value > body.length) return undefined;
    const end = value + view.getUint32(value - 4);
    if (end > body.length) return undefined;
    properties.set(text(at + 1, value - 4).toLowerCase(), body.slice(value, end));
    at = end;
  }
  return properties;
}

function frame(flags: number, body: Uint8Array): Uint8Array {
  if (body.length < 256) return concat([Uint8Array.of(flags, body.length), body]);
  const head = new Uint8Array(9);
  head[0] = flags | LONG;
  new DataView(head.buffer).setBigUint64(1, BigInt(body.length));
  return concat([head, body]);
}

async function readFrame(
  read: Read,
  largest: number = LARGEST_FRAME,
): Promise<{ flags: number; body: Uint8Array }> {
  const flags = (await read(1))[0]!;
  let size = 0;
  if (flags & LONG) {
    const bytes = await read(8);
    size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0));
  } else size = (await read(1))[0]!;
  if (size > largest) throw new RangeError(`Cannot read a ZMTP frame of ${size} bytes`);
  return { flags, body: await read(size) };
}

class EndOfStream extends Error {}

/** Reads exactly as many bytes as asked. */
type Read = (size: number) => Promise<Uint8Array>;

function byteReader(connection: Deno.TcpConn): Read {
  const chunk = new Uint8Array(1 << 16);
  let rest = new Uint8Array(0);
  return async (size) => {
    const bytes = new Uint8Array(size);
    let filled = 0;
    while (true) {
      const taken = Math.min(rest.length, size - filled);
      bytes.set(rest.subarray(0, taken), filled);
      rest = rest.subarray(taken);
      filled += taken;
      if (filled === size) return bytes;
      const count = await connection.read(chunk);
      if (count === null) throw new EndOfStream();
      rest = chunk.slice(0, count);
    }
  };
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
