import { encodeParts } from "../onnx/codec/encode.ts";
import type { Model } from "../onnx/model.ts";
import { operatorOf } from "../onnx/operators/table.ts";
import { consumers } from "../onnx/topology.ts";
import type { Runtime, Session } from "../runtime/runtime.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { arrayOf, bytesOf } from "../tensor/arrays.ts";
import { feedWeights } from "./fed_weights.ts";
import { blankGraph } from "./read/load_decoder.ts";
import { packedTensors } from "./read/packed_graph.ts";
import type { DecoderWeights } from "./read/weights.ts";

/** Tensors in a data file begin at multiples of this, so that they can be used where they lie. */
const ALIGNMENT = 4096;

const [MODEL, DATA] = ["model.onnx", "weights"];

/**
 * Loads a decoder with packed matrices into the native engine from files of its own, which are removed when
 * it is loaded: codes are written matrix by matrix as they are read, and the engine takes them from there, so
 * that they lie in no memory but its own.
 */
export async function storedSession(
  runtime: Runtime,
  weights: DecoderWeights,
  kind: "whole" | "step",
): Promise<Session> {
  const { packed = {} } = weights;
  const most = Math.max(...Object.values(packed).map(({ rows, columns, bits }) => rows * columns * bits / 8));
  const zeros = new ArrayBuffer(most);
  const isBlank = (tensor: Tensor) => arrayOf(tensor).buffer === zeros;
  const { model: bare, weights: fed } = feedWeights(blankGraph(weights, kind, zeros), isBlank);
  const { model, originals } = withTables(bare, isBlank);
  const blanks = [...model.graph.initializers].filter(([, tensor]) =>
    "data" in tensor && isBlank(tensor as Tensor)
  );
  const places = new Map<string, number>();
  let [seen, end] = [0, 0];
  const parts = encodeParts(model, (bytes) => {
    if (bytes.buffer !== zeros) return undefined;
    const name = originals.get(blanks[seen]![0]) ?? blanks[seen]![0];
    seen++;
    const known = places.get(name);
    if (known !== undefined) return { location: DATA, offset: known };
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    places.set(name, offset);
    end = offset + bytes.length;
    return { location: DATA, offset };
  });
  const folder = await Deno.makeTempDir({ prefix: "espalier-lm-" });
  const remove = () => Deno.remove(folder, { recursive: true }).catch(() => {});
  try {
    await write(`${folder}/${MODEL}`, parts.map((bytes) => [undefined, bytes]));
    await write(
      `${folder}/${DATA}`,
      function* () {
        for (const [name, source] of Object.entries(packed)) {
          for (const { from, matrix } of source.pieces()) {
            for (const [key, tensor] of Object.entries(packedTensors(name, matrix))) {
              const bytes = bytesOf(tensor);
              yield [places.get(key)! + from * bytes.length / matrix.rows, bytes];
              bytes.buffer.transfer(0); // before the collector sees it, the engine would have loaded all
            }
          }
        }
      }(),
    );
    const session = await runtime.session(`${folder}/${MODEL}`, { dynamicShapes: kind === "step" });
    return {
      ...session,
      run: (feeds) => session.run({ ...fed, ...feeds }),
      async release() {
        await session.release();
        await remove();
      },
    };
  } finally {
    // What the engine still reads stays until it is done, on systems where a file can go before; elsewhere
    // it is removed when the session is released.
    await remove();
  }
}

/**
 * The graph in which tables of blanks that are both looked up and multiplied with are looked up under names
 * of their own, and what these stand for. Of what it multiplies with the engine makes a copy in its own
 * order, and forgets the original where nothing else reads it; the table, mapped once more from the same
 * place of the file, takes memory for those rows that are looked up.
 */
function withTables(
  model: Model,
  isBlank: (tensor: Tensor) => boolean,
): { model: Model; originals: ReadonlyMap<string, string> } {
  const { graph } = model;
  const readers = consumers(graph);
  const originals = new Map<string, string>();
  const initializers = new Map(graph.initializers);
  for (const [name, tensor] of graph.initializers) {
    const ops = new Set((readers.get(name) ?? []).map(({ node }) => operatorOf(node)));
    if (!("data" in tensor) || !isBlank(tensor as Tensor) || !ops.has("Gather") || ops.size === 1) continue;
    originals.set(`${name}.table`, name);
    initializers.set(`${name}.table`, tensor);
  }
  const nodes = graph.nodes.map((node) => {
    const [first = "", ...rest] = node.inputs;
    const isTable = operatorOf(node) === "Gather" && originals.has(`${first}.table`);
    return isTable ? { ...node, inputs: [`${first}.table`, ...rest] } : node;
  });
  return { model: model.withGraph({ ...graph, nodes, initializers }), originals };
}

/** Writes bytes one after the other, or where they belong. */
async function write(
  path: string,
  parts: Iterable<[at: number | undefined, bytes: Uint8Array]>,
): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  for (const [at, bytes] of parts) {
    if (at !== undefined) await file.seek(at, Deno.SeekMode.Start);
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  }
}
