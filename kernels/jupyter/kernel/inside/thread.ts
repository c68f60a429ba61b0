/// <reference lib="webworker" />
/**
 * A thread beside the cells: it hears the kernel while the main thread is busy, notes which cell shall stop,
 * as loops look for it, says whether a long call of the library listens, and passes on what is said in both
 * directions. It ends the process when the kernel is gone.
 */
import "../../../../lib/experiment/executors/watch_parent.ts";
import type { Told } from "./told.ts";

self.onmessage = async ({ data }: MessageEvent<{ port: number; token: string; flag: Int32Array }>) => {
  const { port, token, flag } = data;
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay();
  const say = lineWriter(connection);
  self.onmessage = ({ data }: MessageEvent<unknown>) => void say(data);
  await say({ token });
  let rest = "";
  for await (const text of connection.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const told = JSON.parse(line) as Told;
      if (told.type === "stop") {
        Atomics.store(flag, 0, told.cell);
        void say({ listens: Atomics.load(flag, 1) === told.cell, cell: told.cell });
      }
      self.postMessage(told);
    }
  }
};

function lineWriter(connection: Deno.TcpConn): (value: unknown) => Promise<void> {
  let writing = Promise.resolve();
  const writer = connection.writable.getWriter();
  return (value) =>
    writing = writing.then(() => writer.write(new TextEncoder().encode(JSON.stringify(value) + "\n")));
}
