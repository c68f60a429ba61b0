import { rejects } from "node:assert/strict";
import { mnist } from "../../lib/data/mnist.ts";

Deno.test("a data set that is nowhere says where it was looked for and how to get it", async () => {
  await rejects(mnist({ folder: "/no/such/folder" }), {
    message: /Cannot find MNIST: looked in \/no\/such\/folder; download it with `deno task data mnist`/,
  });
});
