import type { Tensor } from "../../lib/tensor/tensor.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";

/**
 * The face detector YuNet-n around the tensors of its checkpoint: units of a 1×1 and a depthwise convolution, three
 * scales joined from the top down, four heads per scale. Source: Wu, Peng, Yu, "YuNet: A Tiny Millisecond-level Face
 * Detector", 2023, figure 2.
 */
export function yunet(checkpoint: Readonly<Record<string, Tensor>>): Model {
  const g = new GraphBuilder("yunet_n");
  const parameter = (name: string): Value => g.has(name) ? name : g.parameter(name, checkpoint[name]!);
  const conv = (x: Value, name: string, strides = [1, 1]): Value => {
    const { dims } = checkpoint[`${name}.weight`]!;
    const pad = (dims[2]! - 1) / 2;
    const group = dims[1] === 1 && dims[2] === 3 ? dims[0]! : 1;
    const options = { strides, pads: [pad, pad, pad, pad], group };
    return g.conv(x, parameter(`${name}.weight`), parameter(`${name}.bias`), options);
  };
  const norm = (x: Value, name: string): Value => {
    const [scale, bias, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((part) =>
      parameter(`${name}.${part}`)
    ) as [Value, Value, Value, Value];
    return g.relu(g.batchNorm(x, scale, bias, mean, variance));
  };
  const unit = (x: Value, name: string): Value => {
    const y = conv(conv(x, `${name}.conv1`), `${name}.conv2`);
    return `${name}.bn.weight` in checkpoint ? norm(y, `${name}.bn`) : y;
  };
  const halved = (x: Value) => g.maxPool(x, [2, 2], { strides: [2, 2] });
  let x = g.input("input", "float32", ["N", 3, 320, 320]);
  x = norm(conv(x, "backbone.model0.conv1", [2, 2]), "backbone.model0.bn1");
  x = halved(unit(x, "backbone.model0.conv2"));
  const scales: Value[] = [];
  for (let i = 1; i <= 5; i++) {
    x = unit(unit(x, `backbone.model${i}.conv1`), `backbone.model${i}.conv2`);
    if (i >= 3) scales.push(x);
    if (i >= 2 && i <= 4) x = halved(x);
  }
  for (let i = 2; i >= 0; i--) {
    scales[i] = unit(scales[i]!, `neck.lateral_convs.${i}`);
    if (i > 0) scales[i - 1] = g.add(scales[i - 1]!, g.resize(scales[i]!, [1, 1, 2, 2]));
  }
  scales.forEach((scale, i) => {
    const shared = unit(scale, `bbox_head.multi_level_share_convs.${i}.0`);
    for (const head of ["cls", "bbox", "obj", "kps"]) {
      const y = unit(shared, `bbox_head.multi_level_${head}.${i}`);
      const channels = Number(g.shape(y)[1]);
      g.output(g.reshape(g.transpose(y, [0, 2, 3, 1]), [0, -1, channels]), `${head}_${i}`);
    }
  });
  return g.model();
}
