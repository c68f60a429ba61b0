import { RangeError } from "../errors.ts";
import { list, parseShape, text } from "../files/schema.ts";
import { Model } from "../onnx/model.ts";
import type { TextEmbedder } from "./embedders.ts";
import type { Agent } from "./team.ts";

/** Entry of a model's metadata that has the roles it was trained for, in their order. */
const KEY = "espalier.pool";

/** The model with the roles of its pool written into it, so that a file of it tells whose it is. */
export function withLearnedPool(model: Model, pool: readonly Agent[]): Model {
  const roles = JSON.stringify(pool.map(({ role }) => role));
  return new Model(model.graph, { ...model.info, metadata: { ...model.info.metadata, [KEY]: roles } });
}

/**
 * Whether a network can choose from a pool: what it knows of pairs of agents goes by their places.
 *
 * @throws RangeError where it was trained for another pool, or with embeddings of another size
 */
export function checkLearnedPool(
  { pool, model, embedder }: { pool: readonly Agent[]; model: Model; embedder: TextEmbedder },
): void {
  const { [KEY]: written = "null" } = model.info.metadata;
  const [, size, values] = model.graph.values.get("input")?.shape ?? [];
  const roles = pool.map(({ role }) => role);
  if (written !== "null" ? JSON.stringify(roles) !== written : size !== pool.length) {
    const expected = written === "null"
      ? `${size} agents`
      : parseShape<string[]>(written, list(text), `read what pool a network was trained for`).join(", ");
    throw new RangeError(
      `Cannot choose from this pool: expected the one that the network was trained for (${expected}), in its ` +
        `order, found ${roles.join(", ")}; give that one, withNewAgent for an agent more, or train anew`,
    );
  }
  if (values !== 2 * embedder.values) {
    throw new RangeError(
      `Cannot choose with this embedder: expected embeddings of ${
        Number(values) / 2
      } values, as the network was ` +
        `trained with, found ${embedder.values} (${embedder.name}); give that one, or train anew`,
    );
  }
}
