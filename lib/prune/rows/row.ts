import type { Dim, Shape } from "../../onnx/dim.ts";
import type { Graph, Node } from "../../onnx/model.ts";
import type { Use } from "../../onnx/topology.ts";
import type { ChannelIds } from "../channels/channel_union_find.ts";
import type { Grouped, GroupWay } from "../channels/group_ways.ts";
import type { Axes, Axis, Channels } from "../channels/axis.ts";

/**
 * Role of a position along an axis of a stored tensor for the layer that reads it; a "block" is several
 * positions of "in" that share a scale.
 */
export type Role = "out" | "in" | "block" | "scale" | "bias" | "statistic" | "other";

/** Arguments of a channel rule: a node where it stands, and what is known of its inputs. */
export interface ChannelCall {
  /** The node. */
  readonly node: Node;
  /** Version of the operator set. */
  readonly opset: number;
  /** The graph that is walked through. */
  readonly graph: Graph;
  /** Who reads each value. */
  readonly uses: ReadonlyMap<string, readonly Use[]>;
  /** How channels leave convolutions in groups, by what these give, where it is known beforehand. */
  readonly ways: ReadonlyMap<string, GroupWay>;
  /** Whether whole experts of mixtures may go. */
  readonly experts: boolean;
  /** The experts that the numbers in an input are the places of, where they are such numbers. */
  places(index: number): ChannelIds | undefined;
  /** The input of the graph whose ids the node looks up, where rows of vocabularies may go. */
  readonly ids: string | undefined;
  /** Shape of a value, where its rank is known. */
  shape(name: string | undefined): Shape | undefined;
  /** The numbers in a small tensor, as far as they are known. */
  contents(name: string | undefined): readonly Dim[] | undefined;
  /** Whether input `index` is a stored tensor. */
  stored(index: number): boolean;
  /** An axis of input `index`, negative from the back; of a stored tensor, this use of it as `role`. */
  axis(index: number, axis: number, role?: Role): Axis;
  /** All axes of input `index`; none where its rank is not known. */
  axes(index: number, role?: Role): Axis[];
  /** New channels that no stored tensor has. */
  fresh(length: number): ChannelIds;
  /** The label of positions that stay for this reason. */
  stay(why: string): number;
  /** The label that stands for a channel and all that are coupled with it so far. */
  find(label: number): number;
}

/**
 * Effect of an operator on channels.
 *
 * A row answers for the axes of its inputs by passing them on in `outputs`, coupling them in `joins`, or
 * ending them in `consumed`. An axis that it does not speak of stays whole: forgetting one is safe.
 */
export interface Flow {
  /** Channels along each axis of each output. An output that is read and not told of closes all inputs. */
  readonly outputs: readonly Axes[];
  /** Axes whose channels leave together, position by position; where one must stay, so must the other. */
  readonly joins?: readonly (readonly [Axis, Axis])[];
  /**
   * Axes that end here and whose channels may leave all the same; made by `stop`, those that may not, and
   * why.
   */
  readonly consumed?: readonly Axis[];
  /** Axes of which one channel must stay, because engines refuse the operator without any. */
  readonly filled?: readonly Axis[];
  /**
   * Inputs of which only the size is read, which stays known whatever leaves; absent where the facts say
   * which.
   */
  readonly sizes?: readonly number[];
  /** Experts that the node chooses among, along an axis of its first input, and how many it needs. */
  readonly choice?: { readonly axis: number; readonly experts: Channels; readonly least: number };
  /** The output that gives places among the experts of the choice. */
  readonly places?: number;
  /** The expert without which all outputs are zero. */
  readonly gate?: number;
  /** The axis of a table that ids of the call's input are places along. */
  readonly vocabulary?: Axis;
  /** How channels leave a convolution in groups, where both sides have some. */
  readonly grouped?: Grouped;
}

/** A row of the table: what an operator does to the channels of its inputs. */
export type ChannelRow = (call: ChannelCall) => Flow;
