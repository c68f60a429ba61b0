import type { Tensor } from "../tensor/tensor.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import type { Runtime, Session, Tensors } from "../runtime/runtime.ts";
import { addParameters } from "./metanetwork.ts";
import type { Metanetwork } from "./metanetwork_parameters.ts";
import type { PieceModel } from "./piece_models.ts";

/** Where the pieces of a metanetwork run, one by one, on tensors that stay where the engine keeps them. */
export interface PieceSessions {
  /** Runs a piece; what it returns is kept, where the engine keeps it, until it is freed. */
  run(piece: PieceModel, feeds: Tensors): Promise<Tensors>;
  /** Runs a piece and brings its outputs to the CPU. */
  read(piece: PieceModel, feeds: Tensors): Promise<Tensors>;
  /** Keeps a tensor that something else made, until it is freed. */
  hold(tensor: Tensor): Tensor;
  /** Takes tensors away; their buffers are given back. */
  free(...tensors: readonly Tensor[]): void;
  /** Frees all that is left, and the sessions. */
  close(): Promise<void>;
}

/** Sessions of a metanetwork's pieces on a runtime. Each piece becomes a session when it first runs. */
export function openPieceSessions(runtime: Runtime, metanetwork: Metanetwork): PieceSessions {
  const sessions = new Map<string, Session>();
  const lying = new Set<Tensor>();

  async function sessionOf(piece: PieceModel, stays: boolean): Promise<Session> {
    const known = sessions.get(piece.name);
    if (known) return known;
    const g = new GraphBuilder(piece.name);
    addParameters(g, metanetwork);
    for (const [name, value] of Object.entries(piece.build(g))) g.output(value, name);
    const model = removeDeadCode(g.model());
    const session = await runtime.session(model, stays ? { stay: model.graph.outputs } : {});
    sessions.set(piece.name, session);
    return session;
  }

  function hold(tensor: Tensor): Tensor {
    lying.add(tensor);
    return tensor;
  }

  function free(...tensors: readonly Tensor[]): void {
    for (const tensor of tensors) if (lying.delete(tensor) && tensor.location !== "cpu") tensor.dispose();
  }

  return {
    async run(piece, feeds) {
      const outputs = await (await sessionOf(piece, true)).run(feeds);
      for (const tensor of Object.values(outputs)) hold(tensor);
      return outputs;
    },
    read: async (piece, feeds) => await (await sessionOf(piece, false)).run(feeds),
    hold,
    free,
    async close() {
      free(...lying);
      for (const session of sessions.values()) await session.release();
    },
  };
}
