/**
 * Splits text into lines, without their ends. What follows the last end is no line: whoever wrote it was cut
 * off in its middle.
 */
export function textLines(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) controller.enqueue(line);
    },
  });
}
