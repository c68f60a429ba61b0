import { SyntaxError } from "../../../lib/errors.ts";
import { fields, parseShape } from "../../../lib/files/schema.ts";

/** The sockets of a kernel. */
const CHANNELS = ["shell", "iopub", "stdin", "control", "hb"] as const;

/** The name of a kernel's socket. */
export type Channel = typeof CHANNELS[number];

/** Where a kernel listens, and the key by which it knows its clients: what a connection file holds. */
export interface Connection {
  /** The interface's address. */
  ip: string;
  /** Signs the messages; empty where they are not signed. */
  key: string;
  /** The port of each socket. */
  ports: Record<Channel, number>;
}

/** The text of a connection file. */
export function writeConnection({ ip, key, ports }: Connection): string {
  return JSON.stringify({
    transport: "tcp",
    ip,
    key,
    signature_scheme: "hmac-sha256",
    ...Object.fromEntries(CHANNELS.map((channel) => [`${channel}_port`, ports[channel]])),
  });
}

/**
 * Reads the text of a connection file.
 *
 * @throws SyntaxError where it is none, or asks for what is not spoken here: other transports and signatures
 */
export function readConnection(text: string): Connection {
  const file = parseShape<Record<string, unknown>>(text, fields({}), "use the connection file");
  const expect = (field: string, value: string) => {
    if ((file[field] ?? value) !== value) {
      throw new SyntaxError(
        `Cannot use the connection file: expected ${field} "${value}", found ${JSON.stringify(file[field])}`,
      );
    }
  };
  expect("transport", "tcp");
  if (file.key) expect("signature_scheme", "hmac-sha256");
  const ports = CHANNELS.map((channel) => {
    const port = file[`${channel}_port`];
    if (Number.isInteger(port) && Number(port) >= 0 && Number(port) < 65536) return [channel, Number(port)];
    throw new SyntaxError(
      `Cannot use the connection file: expected a port as ${channel}_port, found ${JSON.stringify(port)}`,
    );
  });
  const ip = String(file.ip ?? "127.0.0.1");
  return { ip: ip === "*" ? "0.0.0.0" : ip, key: String(file.key ?? ""), ports: Object.fromEntries(ports) };
}

/** Ports that nobody listens on, as far as one can know. */
export function freePorts(): Record<Channel, number> {
  const listeners = CHANNELS.map(() => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map((listener) => listener.addr.port);
  for (const listener of listeners) listener.close();
  return Object.fromEntries(CHANNELS.map((channel, i) => [channel, ports[i]!])) as Record<Channel, number>;
}
