import type { DecoderConfig } from "../../lib/lm/read/from_hugging_face.ts";

/** A random decoder, and what transformers computes with it. */
export interface DecoderCase {
  config: DecoderConfig;
  ids: number[][];
  weights: Record<string, { dims: number[]; data: string }>;
  logits: string;
}

/** Logits of random decoders by transformers; made by make_decoder_fixture.py. */
export const { cases } = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/decoders.json", import.meta.url)),
) as { cases: Record<string, DecoderCase> };

/** Numbers of the fixture. */
export const floats = (base64: string) => new Float32Array(Uint8Array.fromBase64(base64).buffer);
