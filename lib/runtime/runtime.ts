import type { Tensor } from "../tensor/tensor.ts";
import type { Model } from "../onnx/model.ts";

/** Where graphs run: native CPU, WebGPU, or WebAssembly on the CPU. */
export type EngineName = "native" | "webgpu" | "wasm";

/** Tensors by name. */
export type Tensors = Record<string, Tensor>;

/** Settings of a session. */
export interface SessionOptions {
  /**
   * Inputs that a run takes from the previous run's outputs: input name → output name. They stay where the
   * engine keeps them (on the GPU for WebGPU), so parameters and optimiser state never cross the bus.
   */
  carry?: Record<string, string> | undefined;
  /**
   * Outputs that a run leaves where the engine keeps them: on WebGPU in GPU buffers, for kernels and for the
   * feeds of the runtime's other sessions. Whoever ran the session disposes of them, before it is released.
   */
  stay?: readonly string[] | undefined;
  /**
   * Whether shapes differ from run to run, as those of a text that grows: memory is then not planned ahead
   * for each that occurs, which would take more of it. Default false.
   */
  dynamicShapes?: boolean | undefined;
}

/** A model, loaded into an engine. */
export interface Session {
  /**
   * Runs the graph once. Carried inputs are not fed, and carried outputs are not returned. On WebGPU tensors
   * in buffers of the runtime's GPU may be fed too; they stay their owner's. Outputs that are no tensors
   * (sequences, maps, optional values) are left out; to read one is an error that says so.
   *
   * @param places tensors on the CPU for outputs of these names, of their types and shapes: native code
   * writes there and returns them, so that they are where they are needed; other engines return tensors of
   * their own
   */
  run(feeds: Tensors, places?: Tensors): Promise<Tensors>;
  /** The carried tensors as they are now, on the CPU, by input name. */
  state(): Promise<Tensors>;
  /**
   * The carried tensors themselves, by input name, where they lie: on the CPU, or on WebGPU in GPU buffers
   * once a run made them. Between two runs their numbers may be changed in place; the next run computes with
   * what is there then. Good until the next run, which puts others in their place, and on
   * the CPU takes their memory back. Nothing that was set or read before changes with them.
   */
  carried(): Tensors;
  /**
   * The carried tensors as {@linkcode Session.state} gives them, for another session to go on with: this one
   * forgets them, and has to be set again before its next run.
   */
  takeState(): Promise<Tensors>;
  /** Sets carried tensors, by input name. Must be called for all of them before the first run. */
  setState(state: Tensors): Promise<void>;
  /** Frees what the engine holds. */
  release(): Promise<void>;
}

/** An engine that is ready to load models. */
export interface Runtime {
  /** Name of the engine. */
  readonly engine: EngineName;
  /** The processor or adapter behind it, in words. */
  readonly device: string;
  /**
   * Loads a model, to be run as often as wanted and released in the end: one in memory, the bytes of a file,
   * or its path, whose tensors in files beside it native code takes where they lie.
   */
  session(model: Model | Uint8Array | string, options?: SessionOptions): Promise<Session>;
  /** Frees the engine, so that the process can exit. */
  close(): Promise<void>;
}
