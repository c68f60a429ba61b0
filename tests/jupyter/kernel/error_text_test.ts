import assert from "node:assert/strict";
import { errorText } from "../../../kernels/jupyter/kernel/inside/error_text.ts";

/** Errors with what Deno shows of them beside their places. */
const THROWN: Readonly<Record<string, string>> = {
  cause: `new TypeError("outer", { cause: new RangeError("inner", { cause: { code: 5 } }) })`,
  gathered:
    `new AggregateError([new Error("first", { cause: new Error("deep") }), "second"], "both", { cause: 7 })`,
  bare: `new Error()`,
  text: `new Error("one\\ntwo", { cause: "text" })`,
};

Deno.test("an error shows what it gathers and what it was caused by, as Deno does", async () => {
  for (const [name, made] of Object.entries(THROWN)) {
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    try {
      const module = new URL("../../../kernels/jupyter/kernel/inside/error_text.ts", import.meta.url);
      await Deno.writeTextFile(
        file,
        `import { errorText } from "${module}";\nconst made = ${made};\nconsole.log(errorText(made));\nthrow made;`,
      );
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-check", "--no-lock", file],
        env: { NO_COLOR: "1" },
      }).output();
      const [ours, theirs] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
      // Deno also shows the line of the program, and marks the place in it.
      const plain = theirs!.replace(/^error: Uncaught (\(in promise\) )?/, "")
        .replace(/^const made = .*\n *\^\n/m, "");
      assert.equal(ours, plain, name);
    } finally {
      await Deno.remove(file);
    }
  }
});

Deno.test("an error that was caused by itself has an end", () => {
  const error = new Error("loop");
  error.cause = new AggregateError([error], "around");
  assert.match(errorText(error), /^Error: loop\n(.*\n)*Caused by: AggregateError: around\n {4}\[Circular\]/);
});
