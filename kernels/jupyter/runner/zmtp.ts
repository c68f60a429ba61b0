/**
 * As much of ZeroMQ's wire protocol (ZMTP 3.0, rfc.zeromq.org/spec/23) as a Jupyter client needs: connecting
 * to a peer on this machine without encryption, and sending and receiving messages of several frames.
 *
 * A Jupyter client is three such connections, so this spares it a native ZeroMQ.
 */

const MORE = 1;
const LONG = 2;
const COMMAND = 4;
const GREETING_BYTES = 64;
/** Larger frames mean that the stream was misread; the largest outputs of a notebook are some MB. */
const LARGEST_FRAME = 1 << 30;

const utf8 = new TextEncoder();

/** One connection: what was sent comes out at the other end, message by message. */
export interface Socket {
  /** Sends one message of several frames. */
  send(frames: readonly Uint8Array[]): Promise<void>;
  /** The messages that come in, until the connection closes. */
  messages(): AsyncGenerator<Uint8Array[]>;
  /** Closes the connection. */
  close(): void;
}

/** Connects as a DEALER (requests and replies) or as a SUB that subscribes to everything. */
export async function connectZmtp(type: "DEALER" | "SUB", port: number): Promise<Socket> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    connection.setNoDelay();
    const read = byteReader(connection);
    await writeAll(connection, greeting());
    const answer = await read(GREETING_BYTES);
    if (answer[0] !== 0xff || answer[9] !== 0x7f || answer[10]! < 3) {
      throw new SyntaxError(`Cannot talk to port ${port}: it does not speak ZMTP 3`);
    }
    await writeAll(connection, frame(COMMAND, ready(type)));
    const { flags } = await readFrame(read);
    if (!(flags & COMMAND)) throw new SyntaxError(`Cannot talk to port ${port}: expected the READY command`);
    if (type === "SUB") await writeAll(connection, frame(0, Uint8Array.of(1)));
    return socket(connection, read);
  } catch (error) {
    connection.close();
    throw error;
  }
}

function socket(connection: Deno.TcpConn, read: Read): Socket {
  let sending = Promise.resolve();
  let open = true;
  return {
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

/** READY, with the socket's type as its one property. */
function ready(type: string): Uint8Array {
  const [command, key, value] = ["READY", "Socket-Type", type].map((text) => utf8.encode(text)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, value.length);
  return concat([Uint8Array.of(command.length), command, Uint8Array.of(key.length), key, length, value]);
}

function frame(flags: number, body: Uint8Array): Uint8Array {
  if (body.length < 256) return concat([Uint8Array.of(flags, body.length), body]);
  const head = new Uint8Array(9);
  head[0] = flags | LONG;
  new DataView(head.buffer).setBigUint64(1, BigInt(body.length));
  return concat([head, body]);
}

async function readFrame(read: Read): Promise<{ flags: number; body: Uint8Array }> {
  const flags = (await read(1))[0]!;
  let size = 0;
  if (flags & LONG) {
    const bytes = await read(8);
    size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0));
  } else size = (await read(1))[0]!;
  if (size > LARGEST_FRAME) throw new RangeError(`Cannot read a ZMTP frame of ${size} bytes`);
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
