import { saveModel } from "../../io/save_model.ts";
import { saveWeights } from "../../nn/save_weights.ts";
import { type CliCommand, type Given, UsageError } from "../command.ts";
import { DECODER_FILES, holdsDecoder, MODEL_OPTIONS, openModel, refuseNetwork } from "../open_model.ts";
import { sourceBytes } from "../source_files.ts";
import { asPath } from "../source_kind.ts";
import { wordOf } from "../values.ts";
import { requireOutput } from "../require_output.ts";

/** Writes a kind of file, and says how large it is. */
type Write = (from: string, to: string, given: Given) => Promise<number>;

/** Kinds of files that are written, by the ends of their names. */
const KINDS: Readonly<Record<string, Write>> = {
  ".onnx": async (from, to, given) => (await saveModel(await openModel(from, given), to)).bytes,
  ".safetensors": writeWeights,
  ".pth": writeWeights,
  ".pt": writeWeights,
  ".gguf": writeGguf,
};

/** Options that say something about one kind of file, and the end of its name. */
const ONLY: Readonly<Record<string, string>> = { sparse: ".safetensors", mix: ".gguf" };

/** `convert`: the same model in another kind of file. */
export const convert: CliCommand = {
  about:
    "Writes the same model as another kind of file, by the end of its name. To .onnx from weights with their " +
    "--network (.pth, .safetensors, .npz), from language models (.gguf, a folder of Hugging Face's, .bin) and " +
    "from small files of sparse models; to weights alone (.pth, .pt, .safetensors) or a sparse .safetensors from " +
    "any; to .gguf from language models.",
  arguments: {
    "<from>": "file or folder to read",
    "<to>": ".onnx, .safetensors, .pth, .pt or .gguf to write",
  },
  options: [
    { flags: "--sparse", about: "a .safetensors with graph and places of weights that are not zero" },
    { flags: "--mix <name>", about: "types of a .gguf: F16 (default), Q8_0, Q4_K_M, …" },
    ...MODEL_OPTIONS,
  ],
  examples: {
    "convert weights.safetensors model20.onnx --network cifar-resnet20":
      "weights and the network that they belong to",
    "convert model.onnx weights.pth": "weights alone, for PyTorch",
    "convert model.onnx small.safetensors --sparse": "zeros left out",
  },
  async run([from, to], given) {
    const end = await requireOutput(to!, from!, Object.keys(KINDS));
    for (const [option, only] of Object.entries(ONLY)) {
      if (given[option] === undefined || end === only) continue;
      throw new UsageError(
        `Cannot write ${to} with --${option}: it is for ${only} alone; leave it out, or name a file in ${only}`,
      );
    }
    const before = await sourceBytes(from!);
    const after = await KINDS[end]!(from!, to!, given);
    const text = `Wrote ${to}, ${after.toLocaleString("en")} bytes` +
      (before === undefined ? "" : `, from ${before.toLocaleString("en")}`);
    return { text, data: { from, to, before, after } };
  },
};

async function writeWeights(from: string, to: string, given: Given): Promise<number> {
  const model = await openModel(from, given);
  if (given["sparse"]) {
    const { saveSparse } = await import("../../sparse/pack/save_sparse.ts");
    await saveSparse(model, to);
  } else await saveWeights(model, to);
  return (await Deno.stat(to)).size;
}

async function writeGguf(from: string, to: string, given: Given): Promise<number> {
  const { readDecoder } = await import("../../lm/read/load_decoder.ts");
  const { writeLanguageModel } = await import("../../lm/write/write_language_model.ts");
  const { MIX_NAMES } = await import("../../lm/write/mix.ts");
  const mix = wordOf(given, "mix", MIX_NAMES);
  if (!await holdsDecoder(from)) {
    throw new UsageError(
      `Cannot write ${to} from ${from}: only language models become .gguf; expected ${DECODER_FILES}`,
    );
  }
  refuseNetwork(from, given);
  await writeLanguageModel(to, await readDecoder(asPath(from)), { mix });
  return (await Deno.stat(to)).size;
}
