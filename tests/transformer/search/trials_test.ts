import assert from "node:assert/strict";
import type { ElementId } from "../../../lib/transformer/elements.ts";
import { changed } from "../../../lib/transformer/search/trials.ts";

const gone = new Set<ElementId>(["attention.1.head.0", "attention.1.head.2", "attention.0.head.1"]);

Deno.test("a block that goes takes its own parts along, and no other's", () => {
  const next = changed(gone, { action: "remove", element: "attention.1" });
  assert.deepEqual([...next].toSorted(), ["attention.0.head.1", "attention.1"]);
  assert.equal(gone.size, 3);
});

Deno.test("a part that goes is added, one that comes back alone is given back", () => {
  const more = changed(gone, { action: "remove", element: "feed-forward.0.group.3" });
  assert.deepEqual([more.size, more.has("feed-forward.0.group.3")], [4, true]);
  const less = changed(gone, { action: "restore", element: "attention.1.head.0" });
  assert.deepEqual([...less], ["attention.1.head.2", "attention.0.head.1"]);
});
