import { TypeError } from "../errors.ts";
import { quoted } from "../printable.ts";
import type { Model } from "./model.ts";

/**
 * Refuses what is no model. Types say so too, but nobody checks the types of a notebook's cells, and a
 * forgotten `await` is the commonest mistake there.
 *
 * @throws TypeError saying what came instead
 */
export function requireModel(model: Model): void {
  // Not `instanceof`: one program may hold two copies of this library, from two addresses.
  if ((model as Partial<Model> | undefined)?.graph?.nodes && model.info) return;
  throw new TypeError(`Cannot use ${inWords(model)}`);
}

function inWords(found: unknown): string {
  if (found instanceof Promise) return "a promise as a model: await it first, as in await loadModel(…)";
  if (typeof found === "string" || found instanceof URL) {
    return `the address ${quoted(found)} as a model: load it first, with await loadModel(…)`;
  }
  if (found instanceof Uint8Array) return "bytes as a model: read them first, with await loadModel(…)";
  return `${
    found === null ? "null" : typeof found
  } as a model: expected what loadModel, GraphBuilder.model or a network gives`;
}
