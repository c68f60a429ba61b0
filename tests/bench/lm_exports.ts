import { fileURLToPath } from "node:url";
import { hasLlamaServer } from "../../lib/chat/llama_server.ts";
import { saveCompressed } from "../../lib/compress/codes/save_compressed.ts";
import { compress, type CompressOptions } from "../../lib/compress/compress.ts";
import { packagedModel } from "../../lib/data/packaged_models.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { isDecoderMatrix } from "../../lib/lm/compress_language_model.ts";
import { type LanguageModel, openLanguageModel } from "../../lib/lm/language_model.ts";
import { writeLanguageModel } from "../../lib/lm/write/write_language_model.ts";
import { openNative } from "../../lib/runtime/native.ts";
import { int64 } from "../../lib/tensor/tensor.ts";
import { type LineProcess, startLines } from "./line_process.ts";
import { type Bench, digits, type Section } from "./section.ts";
import { type Spent, spent, spentOf } from "./turns.ts";

const MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf";
const [PROMPT, ANSWER] = [256, 48];
const MIXES = ["F16", "Q8_0", "Q4_0"] as const;

/** Seconds after which a file is asked no more: the whole table takes a few minutes. */
const ENOUGH = 20;

/** A file that is asked for prompts and answers. */
interface Export {
  name: string;
  program: string;
  path: string;
  ask: { prompt(): Promise<Spent | undefined>; answer(): Promise<Spent | undefined> };
  close(): unknown;
}

/** Where files are written and run. */
interface Place {
  model: LanguageModel;
  folder: string;
  threads: number;
  python: string;
}

const ONNX: readonly [name: string, CompressOptions | undefined][] = [
  ["float32", undefined],
  ["4 bits, MatMulNBits", { method: "rtn", bits: 4, groupSize: 32, layers: isDecoderMatrix }],
  ["8 bits, MatMulNBits", { method: "rtn", bits: 8, groupSize: 32, layers: isDecoderMatrix }],
  ["8 bits, DequantizeLinear", { method: "rtn", bits: 8, layers: isDecoderMatrix }],
];

/** What a model takes in each of its files, and how fast it is there: ONNX in ONNX Runtime, GGUF in llama.cpp. */
export const exportedModels: Bench = async ({ rounds, keep }) => {
  const folder = await Deno.makeTempDir();
  const threads = navigator.hardwareConcurrency;
  const python = Deno.env.get("ESPALIER_PYTHON") ?? "python3";
  const hasLlama = await hasLlamaServer({ python });
  const rows: string[][] = [];
  const section = (): Section => ({
    title: "Language models: SmolLM2-135M in its files",
    about:
      `Rounded to the nearest, ${threads} threads, up to ${rounds} rounds and some ${ENOUGH} s one file after the other; ` +
      `best of a prompt of ${PROMPT} tokens, and of an answer of ${ANSWER}. The graph that is written as ONNX is that ` +
      "for whole texts and keeps nothing between tokens: its answers are as many texts of one token, which read all " +
      "weights as often." +
      (hasLlama ? "" : " Without llama.cpp: `ESPALIER_PYTHON` names a Python with xllamacpp."),
    head: [
      ...["file", "in", "MiB", "of float32"],
      ...["prompt", "answer"].flatMap((what) => [`${what}, tokens a second`, "processor ms a token"]),
    ],
    rows,
  });
  try {
    const path = `${packagedModel("smollm2-135m-instruct")}/${MODEL}`;
    await using model = await openLanguageModel(path);
    const place = { model, folder, threads, python };
    const open = [
      ...ONNX.map(([name, options]) => () => inOnnx(place, name, options)),
      ...(hasLlama ? MIXES : []).map((mix) => () => inGguf(place, mix)),
    ];
    let dense: number | undefined;
    for (const make of open) {
      const file = await make();
      const times = await measured(file, rounds);
      await file.close();
      const bytes = (await Deno.stat(file.path)).size;
      dense ??= bytes;
      rows.push([file.name, file.program, digits(bytes / 2 ** 20, 0), digits(bytes / dense, 2), ...times]);
      await keep?.(section());
      await Deno.remove(file.path);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return section();
};

/** The cells of a file's times: of the prompt, and of the answer. The first round is not counted. */
async function measured({ ask }: Export, rounds: number): Promise<string[]> {
  const asked = [["prompt", PROMPT], ["answer", ANSWER]] as const;
  const best = asked.map(() => ({ seconds: Infinity, processor: Infinity }));
  const began = performance.now();
  for (let round = -1; round < rounds; round++) {
    if (round > 0 && performance.now() - began > 1000 * ENOUGH) break;
    for (const [i, [what]] of asked.entries()) {
      const spent = await ask[what]();
      if (!spent || round < 0) continue;
      const { seconds, processor = Infinity } = best[i]!;
      best[i] = {
        seconds: Math.min(seconds, spent.seconds),
        processor: Math.min(processor, spent.processor ?? Infinity),
      };
    }
  }
  return best.flatMap(({ seconds, processor }, i) => {
    const tokens = asked[i]![1];
    return seconds === Infinity
      ? [digits(undefined), digits(undefined)]
      : [digits(tokens / seconds, 1), digits(1000 * processor / tokens, 2)];
  });
}

async function inOnnx(
  { model, folder, threads }: Place,
  name: string,
  options: CompressOptions | undefined,
): Promise<Export> {
  const path = `${folder}/model.onnx`;
  if (options) await saveCompressed(await compress(model.graph, options), path);
  else await saveModel(model.graph, path);
  const runtime = await openNative({ threads });
  const session = await runtime.session(path);
  const ids = Array.from({ length: PROMPT }, (_, i) => 300 + i * 37 % 2000);
  const run = (some: number[]) => session.run({ input_ids: int64(some, [1, some.length]) });
  return {
    ...{ name, program: "ONNX Runtime", path },
    ask: {
      prompt: () => spent(() => run(ids)),
      answer: () =>
        spent(async () => {
          for (const id of ids.slice(0, ANSWER)) await run([id]);
        }),
    },
    async close() {
      await session.release();
      await runtime.close();
    },
  };
}

async function inGguf({ model, folder, threads, python }: Place, mix: typeof MIXES[number]): Promise<Export> {
  const path = `${folder}/${mix}.gguf`;
  await writeLanguageModel(path, model.weights, { mix });
  const llama = fileURLToPath(new URL("./lm_llama.py", import.meta.url));
  const lines: LineProcess = startLines(python, [llama, path, `${threads}`]);
  const ask = async (line: string) => spentOf(await lines.ask(line, 60));
  await ask("open");
  return {
    ...{ name: mix, program: "llama.cpp", path },
    ask: { prompt: () => ask(`prompt ${PROMPT}`), answer: () => ask(`generate ${ANSWER}`) },
    close: lines.stop,
  };
}
