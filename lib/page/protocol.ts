import type { Costs } from "../prune/plan/cost.ts";
import type { CriterionName } from "../prune/criteria/table.ts";
import type { Latency } from "../prune/latency/latency.ts";
import type { NetworkDrawing } from "./worker/network_drawing.ts";

/** What the page asks of its worker, and what it answers: plain data, which a message can carry. */
export interface Exchange {
  /**
   * Opens files as a model in the place of the one before; where that fails, the one before stays. Without
   * files the network is an example, with random weights.
   */
  open: { asks: { files: PageFile[]; network?: string }; answers: OpenedModel };
  /** Plans what goes. */
  plan: { asks: PlanRequest; answers: PlanView };
  /** Carries the last plan out. */
  prune: { asks: Record<never, never>; answers: PrunedView };
  /** Compares the pruned model with the original whose channels are masked. */
  check: { asks: Record<never, never>; answers: CheckView };
  /** Times the original and the pruned file in turns. */
  time: { asks: { engine: PageEngine }; answers: TimeView };
  /** The pruned file. */
  file: { asks: Record<never, never>; answers: PageFile };
}

/** Names of requests. */
export type RequestName = keyof Exchange;

/** A file that was dropped, chosen, or is to be downloaded. */
export interface PageFile {
  /** Name of the file, without a folder. */
  name: string;
  /** All of its bytes. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** Engines that a page has. */
export type PageEngine = "wasm" | "webgpu";

/** Costs that a target may speak of. */
export type TargetKind = keyof Costs;

/** A model that was opened, as the page shows it. */
export interface OpenedModel {
  /** Name of its file. */
  name: string;
  /** Lines about it: what wrote it, inputs, outputs. */
  facts: { label: string; text: string }[];
  /** The network, row by row. */
  drawing: NetworkDrawing;
  /** Inputs with sizes, besides the first, that the file leaves open, and sizes to begin with. */
  openInputs: OpenInput[];
  /** The plan by which nothing goes, which tells what could. */
  plan: PlanView;
}

/** An input whose sizes are not all known. */
export interface OpenInput {
  /** Name of the input. */
  name: string;
  /** Sizes as the file has them: numbers or names. */
  shape: string;
  /** Sizes to count and run with. */
  sizes: number[];
}

/** What is to be planned. */
export interface PlanRequest {
  /** The cost that is to be cut. */
  target: TargetKind;
  /** Part of it that is kept, from 0 to 1. */
  keep: number;
  /** What ranks channels. */
  criterion: CriterionName;
  /** Sizes of the inputs that the file leaves open. */
  inputShapes: Record<string, number[]>;
}

/** A group of channels in a plan. */
export interface PlannedRow {
  /** The group's place among the channel groups. */
  id: number;
  /** After the first tensor that makes its channels. */
  name: string;
  /** How many channels there are. */
  channels: number;
  /** How many stay. */
  kept: number;
}

/** A group that stays whole. */
export interface ProtectedRow {
  /** After the first tensor that makes its channels. */
  name: string;
  /** How many channels there are. */
  channels: number;
  /** Reasons, for people. */
  why: string[];
}

/** A plan, as the page shows it. */
export interface PlanView {
  /** Costs of the model as it is. */
  before: Costs;
  /** Costs of what will be left. */
  after: Costs;
  /** Costs of the least that pruning can leave. */
  reachable: Costs;
  /** Groups that may lose channels. */
  groups: PlannedRow[];
  /** Groups that stay whole. */
  protected: ProtectedRow[];
  /** Operators at which knowledge of channels ends. */
  boundaries: string[];
  /** Nodes that no cost counts. */
  uncounted: string[];
  /** Multiple of all widths that change. */
  multiple: number;
}

/** A pruned model, as the page shows it. */
export interface PrunedView {
  /** Name of its file. */
  name: string;
  /** Size of its file. */
  bytes: number;
}

/** A pruned model, compared with the masked original. */
export interface CheckView {
  /** Largest difference, relative to the largest number of its output. */
  difference: number;
  /** Where both ran, in words. */
  device: string;
}

/** The original and the pruned file, timed in turns. */
export interface TimeView {
  /** Where they ran. */
  engine: PageEngine;
  /** Whether that is a GPU in software, whose times tell nothing of a real one. */
  software: boolean;
  /** The original. */
  before: Latency;
  /** The pruned one. */
  after: Latency;
}

/** How far long work is. */
export interface ProgressView {
  /** Name of the work, in words. */
  title: string;
  /** Steps behind us. */
  done: number;
  /** All steps; 0 where they cannot be told. */
  total: number;
}

/** A message to the worker: a request, or a word that the one with this id is to stop, if it still runs. */
export type ToWorker =
  | { [Name in RequestName]: { id: number; name: Name; asks: Exchange[Name]["asks"] } }[RequestName]
  | { stop: number };

/** A message of the worker: an answer, an error in words, or how far it is. */
export type FromWorker =
  | { id: number; answer: Exchange[RequestName]["answers"] }
  | { id: number; error: string; stopped: boolean }
  | { id: number; progress: ProgressView };
