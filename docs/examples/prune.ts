/** Half of a network's multiply-accumulates go, and what is left computes what the masked original does. */
import { floats, mask, planPruning, prune, resnetCifar, runModel, saveModel, Tensor } from "../../mod.ts";

const model = resnetCifar({ depth: 20 }); // or await loadModel("model.onnx")
const plan = planPruning(model, { target: { macs: 0.5 }, criterion: "group-l2" });
const smaller = prune(model, plan);
await saveModel(smaller, "half.onnx");

const input = new Tensor("float32", Float32Array.from({ length: 3072 }, (_, i) => Math.sin(i)), [
  1,
  3,
  32,
  32,
]);
const [ours, masked] = [await runModel(smaller, { input }), await runModel(mask(model, plan), { input })];
const [logits, expected] = [floats(ours.logits!), floats(masked.logits!)];
const difference = Math.max(...logits.map((value, i) => Math.abs(value - expected[i]!)));
const largest = Math.max(...expected.map(Math.abs));
console.log(`${plan}`.split("\n")[0]);
console.log(`logits differ by ${(difference / largest).toExponential(1)} of the largest`);
if (difference > 1e-4 * largest) throw new Error("the pruned network is not the masked one");
