import { fileURLToPath } from "node:url";
import { hasLlamaServer } from "../../lib/chat/llama_server.ts";
import { saveCompressed } from "../../lib/compress/codes/save_compressed.ts";
import { compress, type CompressOptions } from "../../lib/compress/compress.ts";
import { packagedModel } from "../../lib/data/packaged_models.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { isDecoderMatrix } from "../../lib/lm/compress_language_model.ts";
import { openLanguageModel } from "../../lib/lm/language_model.ts";
import { writeLanguageModel } from "../../lib/lm/write/write_language_model.ts";
import { openNative } from "../../lib/runtime/native.ts";
import { int64 } from "../../lib/tensor/tensor.ts";
import { type LineProcess, startLines } from "./line_process.ts";
import { type Bench, digits, type Section } from "./section.ts";
import { spent, spentOf } from "./turns.ts";

const MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf";
const [PROMPT, ANSWER] = [256, 48];
const MIXES = ["F16", "Q8_0", "Q4_0"] as const;

/** A file that is asked for prompts and answers. */
interface Export {
  name: string;
  program: string;
  path: string;
  ask: { prompt(): Promise<number | undefined>; answer?(): Promise<number | undefined> };
  close(): unknown;
}

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
      `Rounded to the nearest, ${threads} threads, ${rounds} rounds one file after the other; best of a prompt of ` +
      `${PROMPT} tokens, and of an answer of ${ANSWER}. The graph that is written as ONNX is that for whole texts: it ` +
      "keeps nothing between the tokens of an answer." +
      (hasLlama ? "" : " Without llama.cpp: `ESPALIER_PYTHON` names a Python with xllamacpp."),
    head: ["file", "in", "MiB", "of float32", "prompt, tokens a second", "answer, tokens a second"],
    rows,
  });
  try {
    const path = `${packagedModel("smollm2-135m-instruct")}/${MODEL}`;
    const ids = Array.from({ length: PROMPT }, (_, i) => 300 + i * 37 % 2000);
    const onnx: [name: string, CompressOptions | undefined][] = [
      ["float32", undefined],
      ["4 bits, MatMulNBits", { method: "rtn", bits: 4, groupSize: 32, layers: isDecoderMatrix }],
      ["8 bits, DequantizeLinear", { method: "rtn", bits: 8, layers: isDecoderMatrix }],
    ];
    await using model = await openLanguageModel(path);
    const open: (() => Promise<Export>)[] = onnx.map(([name, options], i) => async () => {
      const file = `${folder}/${i}.onnx`;
      if (options) await saveCompressed(await compress(model.graph, options), file);
      else await saveModel(model.graph, file);
      const runtime = await openNative({ threads });
      const session = await runtime.session(file);
      const prompt = async () =>
        (await spent(() => session.run({ input_ids: int64(ids, [1, ids.length]) }))).seconds;
      const close = async () => {
        await session.release();
        await runtime.close();
      };
      return { name, program: "ONNX Runtime", path: file, ask: { prompt }, close };
    });
    const llama = fileURLToPath(new URL("./lm_llama.py", import.meta.url));
    for (const mix of hasLlama ? MIXES : []) {
      open.push(async () => {
        const file = `${folder}/${mix}.gguf`;
        await writeLanguageModel(file, model.weights, { mix });
        const lines: LineProcess = startLines(python, [llama, file, `${threads}`]);
        const seconds = async (line: string) => spentOf(await lines.ask(line, 300))?.seconds;
        await seconds("open");
        const ask = {
          prompt: () => seconds(`prompt ${PROMPT}`),
          answer: () => seconds(`generate ${ANSWER}`),
        };
        return { name: mix, program: "llama.cpp", path: file, ask, close: lines.stop };
      });
    }
    let dense: number | undefined;
    for (const make of open) {
      const { name, program, path: file, ask, close } = await make();
      const best = { prompt: Infinity, answer: Infinity };
      for (let round = -1; round < rounds; round++) {
        for (const what of ["prompt", "answer"] as const) {
          const seconds = await ask[what]?.();
          if (seconds !== undefined && round >= 0) best[what] = Math.min(best[what], seconds);
        }
      }
      await close();
      const bytes = (await Deno.stat(file)).size;
      dense ??= bytes;
      rows.push([
        name,
        program,
        digits(bytes / 2 ** 20, 0),
        digits(bytes / dense, 2),
        digits(PROMPT / best.prompt, 1),
        digits(ask.answer && ANSWER / best.answer, 1),
      ]);
      await keep?.(section());
      await Deno.remove(file);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return section();
};
