/** A program that answers each line with a line. */
export interface LineProcess {
  /** Its answer; `undefined` where it ended, or gave none in time: then it is stopped. */
  ask(line: string, timeout?: number): Promise<string | undefined>;
  stop(): void;
}

/** Starts a program that takes its turns in a process of its own, where a hang can be ended. */
export function startLines(command: string, args: readonly string[]): LineProcess {
  const process = new Deno.Command(command, { args: [...args], stdin: "piped", stdout: "piped" }).spawn();
  const [input, lines] = [process.stdin.getWriter(), readLines(process.stdout)];
  let stopped = false;
  const stop = () => {
    if (!stopped) process.kill("SIGKILL");
    stopped = true;
  };
  return {
    stop,
    async ask(line, timeout = 60) {
      if (stopped) return undefined;
      await input.write(new TextEncoder().encode(`${line}\n`));
      let timer: number | undefined;
      const late = new Promise<undefined>((resolve) => timer = setTimeout(resolve, timeout * 1000));
      const answer = await Promise.race([lines.next().then(({ value }) => value ?? undefined), late]);
      clearTimeout(timer);
      if (answer === undefined) stop();
      return answer;
    },
  };
}

/** A stream of bytes, line by line. */
export async function* readLines(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string, undefined, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  return undefined;
}
