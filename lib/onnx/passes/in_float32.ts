import { type Attribute, type Attributes, intAttribute } from "../attribute.ts";
import { floatTensor } from "../../tensor/float_tensor.ts";
import { bfloat16sToFloats } from "../../tensor/halves.ts";
import { storage } from "../../tensor/element_types.ts";
import { freeName } from "../free_name.ts";
import type { Graph, Model, Node, ValueInfo } from "../model.ts";
import { fedInputs, namesOf, withSubgraphs } from "../topology.ts";
import { type AnyTensor, type DataType, ELEMENT_TYPE, isTensor, Tensor } from "../../tensor/tensor.ts";
import { float32Of, floats } from "../../tensor/arrays.ts";

/** Floats of other sizes. */
const OTHERS: ReadonlySet<string> = new Set<DataType>(["float16", "bfloat16", "float64"]);

/** Attributes that name a type of numbers. */
const TYPE_NAMES = ["to", "dtype", "output_dtype"];

/**
 * A model that computes in float32 where it computed in float16, bfloat16 or float64: what it stores and
 * casts to is float32. Inputs keep their types and are cast, but for those of bfloat16, which nobody can feed
 * and which become float32; outputs are float32. A model without such numbers is given back as it is.
 */
export function inFloat32(model: Model): Model {
  const { graph } = model;
  const other = (type: string | undefined) => type !== undefined && OTHERS.has(type);
  if (
    ![...graph.initializers.values()].some(({ type }) => other(type)) &&
    !graph.inputs.some((name) => other(graph.values.get(name)?.type))
  ) return model;
  const changed = converted(graph);
  const taken = namesOf(changed);
  const now = new Map<string, string>();
  const cast = ({ type }: ValueInfo = {}) => other(type) && storage[type!].array !== undefined;
  const casts = fedInputs(graph).filter((name) => cast(graph.values.get(name))).map((name): Node => {
    now.set(name, freeName(taken, `${name}.float32`));
    const to = { type: "int", value: ELEMENT_TYPE.float32 } as const;
    return { op: "Cast", inputs: [name], outputs: [now.get(name)!], attributes: { to } };
  });
  const values = new Map(changed.values);
  for (const name of now.keys()) values.set(name, graph.values.get(name)!);
  const nodes = changed.nodes.map((node) => renamed(node, now));
  return model.withGraph({ ...changed, values, nodes: [...casts, ...nodes] });
}

/** A node, and what lies inside of it, that reads other values. */
function renamed(node: Node, names: ReadonlyMap<string, string>): Node {
  return {
    ...node,
    inputs: node.inputs.map((name) => names.get(name) ?? name),
    attributes: withSubgraphs(node.attributes, (graph) => ({
      ...graph,
      nodes: graph.nodes.map((inner) => renamed(inner, names)),
    })),
  };
}

function converted(graph: Graph): Graph {
  return {
    ...graph,
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [name, widened(tensor)])),
    values: new Map(
      [...graph.values].map(([name, info]): [string, ValueInfo] => [
        name,
        info.type && OTHERS.has(info.type) ? { ...info, type: "float32" } : info,
      ]),
    ),
    nodes: graph.nodes.map((node) => ({ ...node, attributes: attributesOf(node) })),
  };
}

function attributesOf(node: Node): Attributes {
  const changed = Object.entries(node.attributes).map(([name, attribute]): [string, Attribute] => {
    const code = TYPE_NAMES.includes(name) ? intAttribute(node, name, 0) : 0;
    if ([...OTHERS].some((type) => ELEMENT_TYPE[type as DataType] === code)) {
      return [name, { type: "int", value: ELEMENT_TYPE.float32 }];
    }
    return [
      name,
      attribute.type === "tensor" ? { ...attribute, value: widened(attribute.value) } : attribute,
    ];
  });
  return withSubgraphs(Object.fromEntries(changed), converted);
}

/** The tensor as float32, where it holds floats of another size. */
function widened(tensor: AnyTensor): AnyTensor {
  if (!OTHERS.has(tensor.type)) return tensor;
  const { dims } = tensor;
  if (isTensor(tensor)) return new Tensor("float32", float32Of(tensor), dims);
  return new Tensor("float32", bfloat16sToFloats(tensor.bytes), dims);
}

/** A float32 tensor in the type of another one, each number rounded to the nearest. */
export function inTypeOf(tensor: Tensor, { type }: AnyTensor): AnyTensor {
  return OTHERS.has(type) ? floatTensor(type, floats(tensor), tensor.dims) : tensor;
}
