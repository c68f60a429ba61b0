/** Networks that are built by name: their families, with the depths (of ViT, the patches) there are. */
export const NETWORK_DEPTHS = {
  "cifar-resnet": [20, 32, 44, 56, 110],
  "resnet": [18, 26, 34, 50, 101],
  "cifar-vgg": [11, 13, 16, 19],
  "vit-b": [16, 32],
} as const satisfies Readonly<Record<string, readonly number[]>>;
