import { Tensor } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import type { Ort } from "./ort_session.ts";

/** Wide enough for the largest block there is. */
const MOST = 64;

/**
 * How many channels ONNX Runtime lays side by side on this processor (16 with AVX-512, 8 with AVX2), found by
 * reordering an image whose pixels are their channel's number and looking; 0 where it has no such layout.
 */
export async function channelBlock({ InferenceSession }: Pick<Ort, "InferenceSession">): Promise<number> {
  const g = new GraphBuilder("block");
  const x = g.input("x", "float32", [1, MOST, 1, 2]);
  const [y] = g.node("ReorderInput", [x], {}, { domain: "com.microsoft.nchwc" });
  g.declare(y!, { type: "float32" });
  g.output(y!, "y");
  try {
    const session = await InferenceSession.create(g.model().toOnnx(), { logSeverityLevel: 4 });
    const pixels = Float32Array.from({ length: 2 * MOST }, (_, i) => Math.floor(i / 2));
    const { y } = await session.run({ x: new Tensor("float32", pixels, [1, MOST, 1, 2]) });
    await session.release();
    const reordered = [...floats(y!)];
    // The second pixel of channel 0 comes right after the first pixel of the block's last channel.
    const block = reordered.indexOf(0, 1);
    return block > 1 ? block : 0;
  } catch {
    return 0;
  }
}
