/** What the test of Node runs there: a model's bytes in, a smaller model's bytes out. */
import { countMacs, loadModel, mask, mlp, planPruning, prune } from "../../mod.ts";

const model = await loadModel(mlp({ sizes: [4, 16, 3] }).toOnnx());
const plan = planPruning(model, { target: { macs: 0.5 } });
const smaller = await loadModel(prune(model, plan).toOnnx());
const bytes = [smaller, mask(model, plan)].map((one) => Array.from(one.toOnnx()));
const refused = await loadModel("model.onnx").catch(({ message }) => message);
console.log(JSON.stringify({ macs: [countMacs(model).macs, countMacs(smaller).macs], bytes, refused }));
