import { TypeError } from "../errors.ts";
import { printable, quoted } from "../printable.ts";
import type { Graph } from "./model.ts";
import type { AnyTensor } from "../tensor/tensor.ts";

/**
 * An ONNX attribute: its value together with its ONNX type, because a JavaScript number alone cannot tell
 * `1` from `1.0`. Integers are numbers where they are exact and bigints beyond 2⁵³.
 */
export type Attribute =
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "int"; readonly value: number | bigint }
  | { readonly type: "string"; readonly value: string | Uint8Array }
  | { readonly type: "tensor"; readonly value: AnyTensor }
  | { readonly type: "graph"; readonly value: Graph }
  | { readonly type: "floats"; readonly value: readonly number[] }
  | { readonly type: "ints"; readonly value: readonly (number | bigint)[] }
  | { readonly type: "strings"; readonly value: readonly (string | Uint8Array)[] }
  | { readonly type: "tensors"; readonly value: readonly AnyTensor[] }
  | { readonly type: "graphs"; readonly value: readonly Graph[] }
  /** A type Espalier does not interpret (sparse tensors, type protos, function references): its bytes. */
  | {
    readonly type: "opaque";
    readonly value: Uint8Array;
    /** Inside a function, the attribute of the call whose value this one takes. */
    readonly reference?: string;
  };

/** A node's attributes, by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/**
 * Attribute values that the builder accepts: plain values are given their ONNX type by {@linkcode
 * toAttributes}.
 */
export type AttributeLike = Attribute | number | string | number[] | AnyTensor | undefined;

/** Anything with attributes and a name to blame: nodes, mostly. */
interface Attributed {
  op: string;
  name?: string;
  outputs: readonly string[];
  attributes: Attributes;
}

function wrongType(node: Attributed, name: string, wanted: string): TypeError {
  return new TypeError(
    `Cannot read attribute ${quoted(name)} of ${describe(node)}: expected ${wanted}, ` +
      `but it is of type ${node.attributes[name]?.type}`,
  );
}

/** How error messages name a node: operator, name if any, first output. */
export function describe(node: { op: string; name?: string; outputs: readonly string[] }): string {
  const name = node.name ? ` ${quoted(node.name)}` : "";
  return `${printable(node.op)}${name} (output ${quoted(node.outputs[0] ?? "")})`;
}

/** Integer attribute, or `fallback` where the node does not have it. */
export function intAttribute<T>(node: Attributed, name: string, fallback: T): number | T {
  const attribute = node.attributes[name];
  if (attribute === undefined) return fallback;
  if (attribute.type !== "int") throw wrongType(node, name, "an integer");
  return Number(attribute.value);
}

/** Float attribute, or `fallback` where the node does not have it. */
export function floatAttribute<T>(node: Attributed, name: string, fallback: T): number | T {
  const attribute = node.attributes[name];
  if (attribute === undefined) return fallback;
  if (attribute.type !== "float") throw wrongType(node, name, "a float");
  return attribute.value;
}

/** List-of-integers attribute, or `fallback` where the node does not have it. */
export function intsAttribute<T>(node: Attributed, name: string, fallback: T): number[] | T {
  const attribute = node.attributes[name];
  if (attribute === undefined) return fallback;
  if (attribute.type !== "ints") throw wrongType(node, name, "a list of integers");
  return attribute.value.map(Number);
}

/** String attribute, or `fallback` where the node does not have it. */
export function stringAttribute<T>(node: Attributed, name: string, fallback: T): string | T {
  const attribute = node.attributes[name];
  if (attribute === undefined) return fallback;
  if (attribute.type !== "string") throw wrongType(node, name, "a string");
  return typeof attribute.value === "string" ? attribute.value : new TextDecoder().decode(attribute.value);
}

/** An explicit float: `float(1)` where a bare `1` would be read as an integer. */
export function float(value: number): Attribute {
  return { type: "float", value };
}

/**
 * Gives plain values their ONNX type: integers become `int`, other numbers `float` (use
 * {@linkcode float} for whole floats), arrays `ints` or `floats`, strings `string`. `undefined` is left out.
 */
export function toAttributes(values: Record<string, AttributeLike>): Attributes {
  const given = Object.entries(values).filter((entry): entry is [string, NonNullable<AttributeLike>] =>
    entry[1] !== undefined
  );
  return Object.fromEntries(given.map(([name, value]) => [name, toAttribute(value)]));
}

function toAttribute(value: NonNullable<AttributeLike>): Attribute {
  if (typeof value === "number") return { type: Number.isInteger(value) ? "int" : "float", value };
  if (typeof value === "string") return { type: "string", value };
  if (Array.isArray(value)) return { type: value.every(Number.isInteger) ? "ints" : "floats", value };
  if ("dims" in value) return { type: "tensor", value };
  return value;
}
