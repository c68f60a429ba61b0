import { TypeError } from "../../errors.ts";
import { describe, intsAttribute } from "../attribute.ts";
import { sizeOf, Tensor } from "../../tensor/tensor.ts";
import { first, type GradientRules } from "./call.ts";
import { dimValue, reshapeLike } from "./shape.ts";

/**
 * The gradient of laying blocks out is cutting them out: a convolution whose kernels each take one pixel of a
 * block, for every channel of every image alike.
 */
const columnsToImage = first(({ g, node, x: [, , sizes] }, dy, x) => {
  const block = g.contents(sizes!)?.map(Number);
  if (!block?.every(Number.isInteger)) {
    throw new TypeError(`Cannot differentiate ${describe(node)}: the size of its blocks must be known`);
  }
  const ones = block.map(() => 1);
  const count = sizeOf(block);
  const kernels = Float32Array.from({ length: count * count }, (_, i) => i % (count + 1) === 0 ? 1 : 0);
  const weight = g.constant(new Tensor("float32", kernels, [count, 1, ...block]));
  const type = g.info(x).type ?? "float32";
  const pixels = block.map((_, axis) => dimValue(g, dy, 2 + axis));
  const images = g.reshape(dy, g.concat([g.ints([-1, 1]), ...pixels], 0));
  const cut = g.conv(images, type === "float32" ? weight : g.cast(weight, type), undefined, {
    kernel_shape: block,
    strides: intsAttribute(node, "strides", ones),
    dilations: intsAttribute(node, "dilations", ones),
    pads: intsAttribute(node, "pads", [...ones, ...ones].fill(0)),
  });
  return reshapeLike(g, cut, x);
});

export const columns: GradientRules = { Col2Im: columnsToImage };
