import {
  type Connection,
  freePorts,
  readConnection,
  writeConnection,
} from "../../../kernels/jupyter/protocol/connection.ts";
import { connectZmtp, type Socket } from "../../../kernels/jupyter/protocol/zmtp.ts";
import { ARGV, pause } from "./driver.ts";

/** A kernel without a client: whoever tests it speaks to its sockets. */
export interface Bare {
  /** Where it listens. */
  connection: Connection;
  /** Connects to one of its ports, once it listens. */
  connect(type: "DEALER" | "SUB", channel: keyof Connection["ports"]): Promise<Socket>;
  /** The next message of a connection; throws where none comes in time. */
  next(socket: Socket): Promise<Uint8Array[]>;
  /** Ends it; what it complained of, line by line. */
  end(): Promise<string[]>;
}

/** Starts a kernel of this tree in a folder, in which its connection file stays. */
export async function startBare(folder: string): Promise<Bare> {
  const file = `${folder}/connection.json`;
  const text = writeConnection({ ip: "127.0.0.1", key: "secret", ports: freePorts() });
  await Deno.writeTextFile(file, text);
  const [program, ...args] = ARGV.map((argument) => argument.replace("{connection_file}", file));
  const kernel = new Deno.Command(program!, { args, cwd: folder, stdout: "null", stderr: "piped" }).spawn();
  const said = new Response(kernel.stderr).text();
  const sockets: Socket[] = [];
  let isOver = false;
  const ended = kernel.status.then(() => isOver = true);
  const connection = readConnection(text);
  return {
    connection,
    async connect(type, channel) {
      while (!isOver) {
        const socket = await connectZmtp(type, connection.ports[channel]).catch(() => undefined);
        if (socket) {
          sockets.push(socket);
          return socket;
        }
        await pause(50);
      }
      throw new Error(`The kernel ended: ${await said}`);
    },
    async next(socket) {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new Error("It did not come")), 30_000);
      const { value } = await Promise.race([socket.messages().next(), late.promise]);
      clearTimeout(timer);
      return value as Uint8Array[];
    },
    async end() {
      for (const socket of sockets) socket.close();
      if (!isOver) kernel.kill("SIGTERM");
      await ended;
      return (await said).trim().split("\n");
    },
  };
}
