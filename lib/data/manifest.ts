/** One file of a data set, as its publisher offers it. */
export interface DataFile {
  /** Name of the file within the data set's folder. */
  readonly name: string;
  /** Size of the file. */
  readonly bytes: number;
  /** SHA-256 sum of the whole file, in hexadecimal. */
  readonly sha256: string;
  /** Where to get it; the next one is tried when one fails. All have the same bytes, or are refused. */
  readonly addresses: readonly string[];
}

/** A data set, or a trained network, that can be downloaded. */
export interface DataSet {
  /** Name of the set for readers. */
  readonly title: string;
  /** The publisher's page. */
  readonly page: string;
  /** Licence, or the publisher's terms. */
  readonly licence: string;
  /** The work to cite. */
  readonly citation: string;
  /** The files of the set. */
  readonly files: readonly DataFile[];
}

/** Names of the data sets in the manifest; each is also the name of a folder. */
export type DataSetName = "cifar10" | "mnist" | "fashion-mnist" | "resnet";

const MNIST_MIRRORS = [
  "https://ossci-datasets.s3.amazonaws.com/mnist/",
  "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

const FASHION_MIRRORS = [
  "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/b2617bb6d3ffa2e429640350f613e3291e10b141/data/fashion/",
  "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
];

/**
 * Data sets that can be downloaded, with the sums that verify them.
 *
 * The publishers give MD5 sums; the SHA-256 sums of the same files are those that unrelated projects check
 * against (for CIFAR-10: Metalhead.jl, GoMLX; for MNIST: red-datasets and others; for Fashion-MNIST: Flux.jl
 * and others), and those of the label files and MNIST's test images were recomputed from files with the
 * publishers' MD5. The checkpoint's begins with the digits that its publisher put into its name.
 */
export const MANIFEST: Readonly<Record<DataSetName, DataSet>> = {
  "cifar10": {
    title: "CIFAR-10 (binary version)",
    page: "https://www.cs.toronto.edu/~kriz/cifar.html",
    licence: "none published; customarily used for research, with the citation",
    citation: "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
    files: [{
      name: "cifar-10-binary.tar.gz",
      bytes: 170_052_171,
      sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
      addresses: [
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "https://cave.cs.toronto.edu/kriz/cifar-10-binary.tar.gz",
      ],
    }],
  },
  "mnist": {
    title: "MNIST",
    page: "http://yann.lecun.com/exdb/mnist/",
    licence: "none published on the original page; often quoted as CC BY-SA 3.0",
    citation: "Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits",
    files: idxFiles(MNIST_MIRRORS, [
      [9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"],
      [28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"],
      [1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"],
      [4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"],
    ]),
  },
  "fashion-mnist": {
    title: "Fashion-MNIST",
    page: "https://github.com/zalandoresearch/fashion-mnist",
    licence: "MIT, Zalando SE",
    citation: "H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, arXiv:1708.07747, 2017",
    files: idxFiles(FASHION_MIRRORS, [
      [26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"],
      [29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"],
      [4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"],
      [5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"],
    ]),
  },
  "resnet": {
    title: "ResNet-56 trained on CIFAR-10, which the tour prunes",
    page: "https://github.com/akamaster/pytorch_resnet_cifar10",
    licence: "BSD 2-Clause, Yerlan Idelbayev",
    citation: "Y. Idelbayev, Proper ResNet implementation for CIFAR10/CIFAR100 in PyTorch",
    files: [{
      name: "resnet56-4bfd9763.th",
      bytes: 3_471_733,
      sha256: "4bfd97631478d6b638d2764fd2baff3edb1d7d82252d54439343b6596b9b5367",
      addresses: [
        "https://raw.githubusercontent.com/akamaster/pytorch_resnet_cifar10/" +
        "d5489e8995e81e91ce6b1d69dcc98ad579b0b153/pretrained_models/resnet56-4bfd9763.th",
      ],
    }],
  },
};

/** The four files that MNIST and those after its pattern come in. */
function idxFiles(mirrors: readonly string[], sums: readonly (readonly [number, string])[]): DataFile[] {
  return [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
  ].map((name, i) => ({
    name,
    bytes: sums[i]![0],
    sha256: sums[i]![1],
    addresses: mirrors.map((mirror) => mirror + name),
  }));
}
