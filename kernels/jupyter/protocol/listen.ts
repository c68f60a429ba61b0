import { TypeError } from "../../../lib/errors.ts";
import { shakeHands, type Socket } from "./zmtp.ts";

/** A socket that others connect to. */
export interface Listener {
  /** The port it listens on. */
  readonly port: number;
  /**
   * Sends a message: as a ROUTER to the peer that its first frame names, as an XPUB to all who subscribed.
   */
  send(frames: readonly Uint8Array[]): Promise<void>;
  /** Ends all connections and takes no more. */
  close(): void;
}

/** Where a socket listens. */
export interface Address {
  /** The interface's address: `127.0.0.1`. */
  ip: string;
  /** The port; 0 takes any that is free. */
  port: number;
}

/** A message from a peer. */
type Hear = (frames: Uint8Array[]) => void | Promise<void>;

/**
 * A ROUTER: `hear` gets each message with the sender's identity before it, and an answer begins with the
 * same. Peers that speak another protocol are turned away and disturb nobody.
 */
export function listenAsRouter(address: Address, hear: Hear): Listener {
  const peers = new Map<string, Socket>();
  let unnamed = 0;
  const listener = accept("ROUTER", address, async (socket) => {
    // A peer without a name gets one that no other has, as rfc.zeromq.org/spec/28 says: it begins with a
    // zero.
    const identity = socket.identity.length ? socket.identity : numbered(++unnamed);
    const name = nameOf(identity);
    peers.set(name, socket);
    try {
      for await (const frames of socket.messages()) await hear([identity, ...frames]);
    } finally {
      if (peers.get(name) === socket) peers.delete(name);
    }
  });
  return {
    ...listener,
    async send([identity, ...frames]) {
      await peers.get(nameOf(identity!))?.send(frames); // a peer that went does not hear the answer
    },
  };
}

/**
 * An XPUB: each message goes to the peers that subscribed to how its first frame begins. `welcome` gives what
 * one hears first that subscribed to a topic.
 */
export function listenAsPublisher(
  address: Address,
  welcome?: (topic: string) => readonly Uint8Array[],
): Listener {
  const peers = new Map<Socket, Set<string>>();
  const listener = accept("XPUB", address, async (socket) => {
    const topics = new Set<string>();
    peers.set(socket, topics);
    try {
      for await (const [frame] of socket.messages()) {
        const topic = nameOf(frame!.subarray(1));
        if (frame![0] === 1) {
          topics.add(topic);
          if (welcome) void socket.send(welcome(topic)).catch(() => socket.close());
        } else if (frame![0] === 0) topics.delete(topic);
      }
    } finally {
      peers.delete(socket);
    }
  });
  return {
    ...listener,
    async send(frames) {
      const first = nameOf(frames[0]!);
      const hearing = [...peers].filter(([, topics]) => [...topics].some((topic) => first.startsWith(topic)));
      await Promise.all(hearing.map(([socket]) => socket.send(frames).catch(() => socket.close())));
    },
  };
}

/** A REP that says each message again: a kernel's heartbeat. */
export function listenAsEcho(address: Address): Listener {
  const listener = accept("REP", address, async (socket) => {
    for await (const frames of socket.messages()) await socket.send(frames);
  });
  return {
    ...listener,
    send: () => Promise.reject(new TypeError("Cannot send by an echo: it only answers")),
  };
}

function accept(
  type: "ROUTER" | "XPUB" | "REP",
  { ip, port }: Address,
  serve: (socket: Socket) => Promise<void>,
): Omit<Listener, "send"> {
  const listener = Deno.listen({ hostname: ip, port });
  const sockets = new Set<Socket>();
  const meet = async (connection: Deno.TcpConn) => {
    let socket: Socket | undefined;
    try {
      socket = await shakeHands(connection, type, "a client");
      sockets.add(socket);
      await serve(socket);
    } catch {
      // One client's broken connection is its own affair.
    } finally {
      socket?.close();
      if (socket) sockets.delete(socket);
    }
  };
  (async () => {
    for await (const connection of listener) void meet(connection);
  })().catch(() => {});
  return {
    port: listener.addr.port,
    close() {
      listener.close();
      for (const socket of sockets) socket.close();
    },
  };
}

/** Bytes as a key of a map. */
function nameOf(bytes: Uint8Array): string {
  return bytes.reduce((text, byte) => text + String.fromCharCode(byte), "");
}

function numbered(count: number): Uint8Array {
  const bytes = new Uint8Array(5);
  new DataView(bytes.buffer).setUint32(1, count);
  return bytes;
}
