import type { Model } from "../../onnx/model.ts";
import { fedInputs } from "../../onnx/topology.ts";
import type { OpenedModel, OpenInput } from "../protocol.ts";

/** Lines about a model: what wrote it, its operator set, what it takes and gives. */
export function modelFacts({ info, graph }: Model): OpenedModel["facts"] {
  const opsets = Object.entries(info.opsets).map(([domain, version]) => `${domain || "ai.onnx"} ${version}`);
  const port = (name: string) => {
    const { type, shape } = graph.values.get(name) ?? {};
    return `${name}: ${type ?? "?"} [${shape?.join(", ") ?? "?"}]`;
  };
  const { producer } = info;
  return [
    { label: "takes", text: fedInputs(graph).map(port).join("; ") },
    { label: "gives", text: graph.outputs.map(port).join("; ") },
    { label: "nodes", text: `${graph.nodes.length.toLocaleString("en")}` },
    { label: "operator set", text: opsets.join(", ") },
    ...producer ? [{ label: "written by", text: `${producer.name} ${producer.version}`.trim() }] : [],
  ];
}

/** Sizes to begin with where a file leaves them open: of an image, and of a text or the like. */
const [PIXELS, LENGTH] = [224, 64];

/**
 * The inputs whose sizes, besides the first, the file leaves open: those of an input of unknown rank cannot
 * be asked for.
 */
export function openInputs({ graph }: Model): OpenInput[] {
  return fedInputs(graph).flatMap((name): OpenInput[] => {
    const shape = graph.values.get(name)?.shape;
    if (!shape?.slice(1).some((dim) => typeof dim !== "number")) return [];
    const guess = (i: number) => i === 0 ? 1 : shape.length !== 4 ? LENGTH : i === 1 ? 3 : PIXELS;
    const sizes = shape.map((dim, i) => typeof dim === "number" ? dim : guess(i));
    return [{ name, shape: shape.join(", "), sizes }];
  });
}
