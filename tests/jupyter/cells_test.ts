import assert from "node:assert/strict";
import { cellModule } from "../../tasks/cells.ts";

Deno.test("cells become one module, whose lines know where they came from", () => {
  const { code, origin } = cellModule({
    cells: [
      { cell_type: "code", metadata: {}, source: ["const a = 1;\n", "a;"] },
      { cell_type: "markdown", metadata: {}, source: "# not code" },
      { cell_type: "code", metadata: { tags: ["injected-parameters"] }, source: "const a = 2;" },
      { cell_type: "code", metadata: {}, source: "a + 1" },
    ],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  });
  assert.equal(code, "const a = 1;\na;\na + 1\nexport {};\n");
  assert.deepEqual(origin, [{ cell: 1, line: 1 }, { cell: 1, line: 2 }, { cell: 2, line: 1 }]);
});
