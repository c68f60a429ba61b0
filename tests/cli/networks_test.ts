import assert from "node:assert/strict";
import { buildNetwork, NETWORK_NAMES, typedNetwork } from "../../lib/cli/networks.ts";
import { parametersOf } from "../../lib/onnx/count_macs.ts";

Deno.test("a network of a name has as many parameters as the one that was published under it", async () => {
  const [ten, hundred] = [
    await buildNetwork("cifar-resnet20", {}),
    await buildNetwork("cifar-resnet20", { classes: "100" }),
  ];
  // Ninety more classes, each of 64 weights and a bias.
  assert.equal(parametersOf(hundred) - parametersOf(ten), 90 * 65);
  // Of torchvision's page of models.
  assert.equal(parametersOf(await buildNetwork("resnet18", {})), 11_689_512);
});

Deno.test("a name that no network has is refused with those there are", async () => {
  for (const name of ["resnet19", "resnet", "vit-b8", "toString1", "50"]) {
    await assert.rejects(buildNetwork(name, {}), {
      name: "UsageError",
      message: `Cannot build --network ${name}: expected one of ${NETWORK_NAMES}`,
    });
  }
  assert.deepEqual(typedNetwork({ network: "vit-b16", classes: "7" }), {
    family: "vit-b",
    depth: 16,
    sizes: { classes: 7 },
  });
  assert.equal(typedNetwork({}), undefined);
  assert.match(NETWORK_NAMES, /^cifar-resnet20\|32\|44\|56\|110, resnet18\|/);
});
