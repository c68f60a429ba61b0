/**
 * Accuracies of the ResNet-56 that the tour prunes, 0 to 1, as others found them on test images of CIFAR-10.
 */
export const PUBLISHED_ACCURACY: readonly {
  source: string;
  examples: number;
  accuracy: number;
}[] = [
  { source: "its publisher", examples: 10_000, accuracy: 0.9339 },
  { source: "an independent program, on the first test images", examples: 1017, accuracy: 943 / 1017 },
];
