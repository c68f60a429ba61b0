import { TypeError } from "../../errors.ts";
import { printable, quoted } from "../../printable.ts";
import { describe } from "../attribute.ts";
import type { Model } from "../model.ts";
import { operatorOf } from "../operators/table.ts";
import { allNodes } from "../topology.ts";
import { readEntry } from "./decode_tensor.ts";
import { schema } from "./schema.ts";
import { type Handlers, WireReader } from "./wire_reader.ts";

/** Messages that lead to tensors: number and message of each such field, from onnx.proto3 of ONNX 1.23. */
const MESSAGES = {
  model: { training_info: [20, "training"] },
  training: { initialization: [1, "graph"], algorithm: [2, "graph"] },
  function: { node: [7, "node"], attribute_proto: [11, "attribute"] },
  graph: { node: [1, "node"], initializer: [5, "tensor"], sparse_initializer: [15, "sparse"] },
  node: { attribute: [5, "attribute"] },
  attribute: {
    t: [5, "tensor"],
    g: [6, "graph"],
    tensors: [10, "tensor"],
    graphs: [11, "graph"],
    sparse_tensor: [22, "sparse"],
    sparse_tensors: [23, "sparse"],
  },
  sparse: { values: [1, "tensor"], indices: [2, "tensor"] },
} as const satisfies Record<string, Record<string, readonly [field: number, message: string]>>;

type Message = keyof typeof MESSAGES;

/** The files that tensors lie in. */
type Locations = Set<string>;

/**
 * Refuses a model of which a part that is written as it was read points to tensors in files beside it: from
 * another place it would point to nothing, or to other numbers.
 *
 * @throws TypeError naming the part and the file, and what to do
 */
export function requireSelfContained({ graph, info }: Model): void {
  for (const { bytes, domain, overload, name: op } of info.functions ?? []) {
    const name = operatorOf({ op, domain, overload });
    refuse(
      `function ${printable(name)}`,
      bytes,
      "function",
      "put its nodes in place of its calls, by inlineFunctions",
    );
  }
  if (info.rest) {
    const wayOut = "leave it out: const { rest, ...info } = model.info; new Model(model.graph, info)";
    refuse("training information", info.rest, "model", wayOut);
  }
  for (const node of allNodes(graph)) {
    for (const [name, attribute] of Object.entries(node.attributes)) {
      if (attribute.type !== "opaque") continue;
      const part = `attribute ${quoted(name)} of ${describe(node)}`;
      refuse(part, attribute.value, "attribute", "give the attribute a dense tensor");
    }
  }
}

function refuse(part: string, bytes: Uint8Array, message: Message, wayOut: string): void {
  const [location] = locationsIn(new WireReader(bytes, part), message);
  if (location === undefined) return;
  throw new TypeError(
    `Cannot write the model with its ${part}: tensors of it lie in ${
      quoted(location)
    }, beside the file that it ` +
      `was read from, and it is written as it was read; ${wayOut}`,
  );
}

/** The files that a part points to; what cannot be read is carried as it is, and points to none more. */
function locationsIn(reader: WireReader, message: Message): Locations {
  const found: Locations = new Set();
  try {
    search(reader, message, found);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return found;
}

function search(reader: WireReader, message: Message | "tensor", found: Locations): void {
  if (message === "tensor") return searchTensor(reader, found);
  const fields = Object.entries<readonly [number, Message | "tensor"]>(MESSAGES[message]);
  const numbers = Object.fromEntries(fields.map(([name, [number]]) => [name, number]));
  const handlers = Object.fromEntries(
    fields.map(([name, [, inside]]) => [
      name,
      (_: unknown, outer: WireReader) => outer.message((inner) => search(inner, inside, found)),
    ]),
  );
  reader.fields(numbers, handlers, undefined);
}

/** The fields of a `TensorProto` that say where its numbers are. */
const { external_data, data_location } = schema.TensorProto;
const place = { external_data, data_location } as const;

const placeFields: Handlers<typeof place, { location: string; isExternal: boolean }> = {
  external_data(into, reader) {
    const { key, value } = reader.message(readEntry);
    if (key === "location") into.location = value;
  },
  data_location: (into, reader) => into.isExternal = reader.safeInt() === 1,
};

function searchTensor(reader: WireReader, found: Locations): void {
  const tensor = { location: "", isExternal: false };
  reader.fields(place, placeFields, tensor);
  if (tensor.isExternal) found.add(tensor.location);
}
