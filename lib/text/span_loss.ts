import { TypeError } from "../errors.ts";
import type { Loss } from "../train/losses.ts";

/**
 * The loss of models that find an answer in a text: the mean of the cross entropies of its first and its last
 * token, for the outputs `start_logits` and `end_logits` [batch, length] and the targets `starts` and `ends`,
 * int64 [batch].
 */
export function spanCrossEntropy(): Loss {
  return {
    name: "spanCrossEntropy",
    targets: { starts: { type: "int64", shape: ["batch"] }, ends: { type: "int64", shape: ["batch"] } },
    value: (g, outputs, targets) => {
      const losses = [["start_logits", "starts"], ["end_logits", "ends"]].map(([output, target]) => {
        const logits = outputs[output!];
        if (logits === undefined) {
          throw new TypeError(
            `Cannot compute the loss of spans: expected the outputs start_logits and end_logits, found ` +
              `${Object.keys(outputs).join(", ")}; build the encoder with head "span"`,
          );
        }
        const place = g.unsqueeze(targets[target!]!, [1]); // [batch, 1]
        return g.reduceMean(g.gatherElements(g.logSoftmax(logits), place, 1), undefined, { keepdims: false });
      });
      return g.mul(g.add(losses[0]!, losses[1]!), -0.5);
    },
  };
}
