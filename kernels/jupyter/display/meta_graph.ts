import type { MetaGraph } from "../../../lib/metagraph/meta_graph.ts";
import { metaGraphFigure } from "../../../lib/drawings/meta_graph.ts";
import type { MimeBundle } from "../display.ts";

/** A graph of channels as its layered drawing; in words, what of the model is in it and what is not. */
export function drawMetaGraph(graph: MetaGraph): MimeBundle {
  return { ...metaGraphFigure(graph).bundle(), "text/plain": graph.toString() };
}
