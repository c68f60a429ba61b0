import { fileURLToPath } from "node:url";
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";
import { hasLlamaServer } from "../../lib/chat/llama_server.ts";
import { packagedModel } from "../../lib/data/packaged_models.ts";
import type { GgufValue } from "../../lib/formats/gguf/values.ts";
import { type GgufPart, writeGguf } from "../../lib/formats/gguf/write_gguf.ts";
import { ggufName } from "../../lib/lm/write/gguf_name.ts";
import { decoder } from "../../lib/nn/decoder.ts";
import { startLines } from "./line_process.ts";
import { type Bench, digits } from "./section.ts";
import { type Spent, spentOf } from "./turns.ts";

const MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf";
const WEIGHTS = 134_515_008;
const [PROMPT, ANSWER] = [256, 48];
const FLOAT32 = WEIGHTS * 4 / 2 ** 20;

/** What answers by lines. */
interface Speaker {
  name: string;
  opening: Spent & { peak: number; own: number };
  ask(line: string): Promise<(Spent & { peak: number; own: number }) | undefined>;
  stop(): void;
}

/** A language model beside llama.cpp on the same file: prompts, answers, memory, opening; and loading a large file. */
export const languageModels: Bench = async ({ rounds }) => {
  const path = `${packagedModel("smollm2-135m-instruct")}/${MODEL}`;
  const python = Deno.env.get("ESPALIER_PYTHON") ?? "python3";
  const threads = `${navigator.hardwareConcurrency}`;
  const [own, llama] = ["lm_model.ts", "lm_llama.py"].map((file) =>
    fileURLToPath(new URL(`./${file}`, import.meta.url))
  ) as [string, string];
  const ours = (mode: string) => [Deno.execPath(), "run", ...LOCKED, "-A", own, path, mode, threads];
  const commands: [name: string, command: string[]][] = [
    ["float32", ours("float32")],
    ["kept in its codes", ours("packed")],
    ...await hasLlamaServer({ python })
      ? [["llama.cpp", [python, llama, path, threads]] as [string, string[]]]
      : [],
  ];
  const speakers: Speaker[] = [];
  for (const [name, [program, ...args]] of commands) speakers.push(await start(name, program!, args));
  const times = speakers.map(() => ({ prompt: [] as Spent[], generate: [] as Spent[], peak: 0, own: 0 }));
  for (let round = -1; round < rounds; round++) {
    for (const what of ["prompt", "generate"] as const) {
      for (const [i, speaker] of speakers.entries()) {
        const took = await speaker.ask(`${what} ${what === "prompt" ? PROMPT : ANSWER}`);
        if (took === undefined) continue;
        if (round >= 0) times[i]![what].push(took);
        Object.assign(times[i]!, { peak: took.peak, own: took.own });
      }
    }
  }
  for (const { stop } of speakers) stop();
  const best = (spent: readonly Spent[], count: number) =>
    spent.length > 0 ? count / Math.min(...spent.map(({ seconds }) => seconds)) : undefined;
  const processor = (spent: readonly Spent[], count: number) =>
    spent.length > 0 ? 1000 * Math.min(...spent.map(({ processor }) => processor ?? NaN)) / count : undefined;
  const rates = times.map(({ prompt, generate }) => [best(prompt, PROMPT), best(generate, ANSWER)] as const);
  const theirs = speakers.findIndex(({ name }) => name === "llama.cpp");
  const share = (i: number, part: 0 | 1) => {
    const [mine, other] = [rates[i]![part], rates[theirs]?.[part]];
    return mine !== undefined && other !== undefined ? digits(mine / other, 2) : "–";
  };
  const rows = speakers.map(({ name, opening }, i) => [
    name,
    digits(rates[i]![0], 1),
    share(i, 0),
    digits(processor(times[i]!.prompt, PROMPT), 2),
    digits(rates[i]![1], 1),
    share(i, 1),
    digits(processor(times[i]!.generate, ANSWER), 1),
    digits(times[i]!.peak, 0),
    digits(times[i]!.peak / FLOAT32, 2),
    digits(times[i]!.own / FLOAT32, 2),
    digits(opening.seconds, 2),
  ]);
  return {
    title: "Language models: SmolLM2-135M beside llama.cpp",
    about:
      `The same file in Q4_1, ${threads} threads, ${rounds} rounds in turns, each contestant a process of its own; best of ` +
      `a prompt of ${PROMPT} tokens, and of an answer of ${ANSWER}. Memory: peak of the whole process, the same and ` +
      `what is beyond its beginning as shares of the weights in float32 (${
        FLOAT32.toFixed(0)
      } MiB). Opened is the time ` +
      "to the first token." +
      (theirs < 0 ? " Without llama.cpp: `ESPALIER_PYTHON` names a Python with xllamacpp." : ""),
    head: [
      ...["", "prompt, tokens a second", "of llama.cpp's", "processor ms a token"],
      ...["answer, tokens a second", "of llama.cpp's", "processor ms a token"],
      ...["peak MiB", "of float32", "beyond its beginning", "opened in s"],
    ],
    rows,
    below: [await loading(rounds)],
  };
};

const numbers = (line: string | undefined) => {
  const spent = spentOf(line);
  const [, , peak, own] = (line ?? "").split(" ").map(Number) as [number, number, number, number];
  return spent && { ...spent, peak, own };
};

async function start(name: string, program: string, args: string[]): Promise<Speaker> {
  const lines = startLines(program, args);
  const opening = numbers(await lines.ask("open", 300));
  if (!opening) {
    throw new Error(`Cannot measure ${name}: it did not start; run ${program} ${args.join(" ")} to see why`);
  }
  return { name, opening, ask: async (line) => numbers(await lines.ask(line, 300)), stop: lines.stop };
}

/** How long a file of 1 GB in float16 takes beyond a plain read of it; best of rounds, the file in the system's cache. */
async function loading(rounds: number): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/large.gguf`;
    const bytes = await writeLarge(path);
    const once = async (mode: string) => {
      const args = [
        "run",
        ...LOCKED,
        "-A",
        fileURLToPath(new URL("./lm_model.ts", import.meta.url)),
        path,
        mode,
      ];
      const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
      return numbers(new TextDecoder().decode(stdout).trim())!;
    };
    let [read, load] = [Infinity, Infinity];
    for (let round = 0; round < rounds; round++) {
      read = Math.min(read, (await once("read")).seconds);
      load = Math.min(load, (await once("load")).seconds);
    }
    return `A GGUF file of ${(bytes / 1e9).toFixed(2)} GB in float16: loaded in ${
      digits(load, 2)
    } s, read plainly in ` +
      `${digits(read, 2)} s: ${digits(load - read, 2)} s beyond that.`;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A Llama of 516 million weights, all alike. */
async function writeLarge(path: string): Promise<number> {
  const sizes = {
    vocabulary: 32_000,
    context: 2048,
    layers: 10,
    hidden: 2048,
    heads: 16,
    keyValueHeads: 4,
    neurons: 5632,
  };
  const { graph } = decoder({ ...sizes, tied: true, weights: "zeros" });
  const whole = (value: number): GgufValue => ({ type: "uint32", value });
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", { type: "string", value: "llama" }],
    ["llama.context_length", whole(sizes.context)],
    ["llama.embedding_length", whole(sizes.hidden)],
    ["llama.block_count", whole(sizes.layers)],
    ["llama.feed_forward_length", whole(sizes.neurons)],
    ["llama.attention.head_count", whole(sizes.heads)],
    ["llama.attention.head_count_kv", whole(sizes.keyValueHeads)],
    ["llama.attention.layer_norm_rms_epsilon", { type: "float32", value: 1e-5 }],
  ]);
  const tensors = [...graph.initializers].filter(([name]) => name.endsWith(".weight")).map((
    [name, { dims }],
  ): GgufPart => ({
    name: ggufName(name),
    dims,
    type: "F16",
    blocks: () => {
      const count = dims.reduce((product, dim) => product * dim, 1);
      return new Uint8Array(new Uint16Array(count).fill(0x2c3d).buffer);
    },
  }));
  await writeGguf(path, { metadata, tensors });
  return (await Deno.stat(path)).size;
}
