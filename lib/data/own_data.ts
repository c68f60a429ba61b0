/** A data set that is not downloaded: it is read from a folder that the user fills. */
export interface OwnData {
  /** Name of the set for readers. */
  readonly title: string;
  /** The publisher's page. */
  readonly page: string;
  /** Licence, or the publisher's terms. */
  readonly licence: string;
  /** Expected contents of the folder of its name, under `ESPALIER_DATA` or the cache. */
  readonly layout: string;
  /** Functions, notebooks and presets that read it. */
  readonly usedBy: string;
}

const CITED = "none published; customarily used for research, with the citation";
const MOVIES = "for research, with the citation; not to be passed on";

/** Data sets that users bring themselves, by the name of their folder. */
export const OWN_DATA: Readonly<Record<string, OwnData>> = {
  "cifar100": {
    title: "CIFAR-100 (binary version)",
    page: "https://www.cs.toronto.edu/~kriz/cifar.html",
    licence: CITED,
    layout: "`cifar-100-binary.tar.gz`",
    usedBy: "`cifar100`; notebook 01: `paper`, `paper-cifar100`, `paper-vgg19`",
  },
  "svhn": {
    title: "SVHN, format 2",
    page: "http://ufldl.stanford.edu/housenumbers",
    licence: "for non-commercial use",
    layout: "`train_32x32.mat`, `test_32x32.mat`",
    usedBy: "`svhn`; notebook 01: `paper-svhn`",
  },
  "imagenet": {
    title: "ImageNet (ILSVRC 2012), or other images in its layout",
    page: "https://image-net.org",
    licence: "for non-commercial research, by agreement with its publisher",
    layout:
      "`train/<class>/*.JPEG`, `val/<class>/*.JPEG`, and torchvision's `resnet50*.pth` or `vit_b_16*.pth`",
    usedBy: "`imagenet`; notebook 01: `paper-resnet50`, `paper-vit`",
  },
  "glue": {
    title: "GLUE, nine tasks of language understanding",
    page: "https://gluebenchmark.com",
    licence: "each task its publisher's; customarily used for research",
    layout:
      "as its archive: `CoLA/train.tsv`, `CoLA/dev.tsv`, `MNLI/dev_matched.tsv` …, also `.gz`; of MRPC also " +
      "`msr_paraphrase_train.txt`; for `paper` the authors' split, `val.tsv`, too",
    usedBy: "`glue`; notebook 03: `laptop`, `study`, `paper`",
  },
  "sst2": {
    title: "SST-2, the task of GLUE",
    page: "https://gluebenchmark.com",
    licence: "its publisher's; customarily used for research",
    layout: "`train.tsv`, `dev.tsv`, also `.gz`",
    usedBy: '`glue("sst2", …)`; notebook 03: all presets',
  },
  "bert-base-cased": {
    title: "BERT-Base; a folder of another name for an encoder of yours",
    page: "https://huggingface.co/google-bert/bert-base-cased",
    licence: "Apache-2.0",
    layout:
      "`config.json`, `model.safetensors`, `tokenizer.json` or `vocab.txt`, as `save_pretrained` writes them",
    usedBy: "notebook 03: `paper`",
  },
  "squad": {
    title: "SQuAD 1.1",
    page: "https://rajpurkar.github.io/SQuAD-explorer",
    licence: "CC BY-SA 4.0",
    layout: "`train-v1.1.json`, `dev-v1.1.json`, also `.gz`",
    usedBy: "`squad`",
  },
  "ctr/ml-100k": {
    title: "MovieLens-100K",
    page: "https://grouplens.org/datasets/movielens/100k/",
    licence: MOVIES,
    layout: "`u.data`, `u.user`, `u.item`, also `.gz`",
    usedBy: "notebook 04: `laptop`",
  },
  "ctr/criteo": {
    title: "Criteo, a sample of 8,000 rows",
    page: "https://github.com/Lapis-Hong/Wide-ResDNN",
    licence: "Criteo's, for research",
    layout:
      "`criteo_8k_train.tsv.gz`, `criteo_8k_dev.tsv.gz`, `criteo_8k_test.tsv.gz`, with Criteo's columns",
    usedBy: "notebook 04: `laptop`",
  },
  "ctr/avazu": {
    title: "Avazu, a sample of 9,000 rows",
    page: "https://github.com/Lapis-Hong/Wide-ResDNN",
    licence: "by the rules of the competition",
    layout: "`avazu_9k_train.csv.gz`, `avazu_9k_dev.csv.gz`, `avazu_9k_test.csv.gz`, with Avazu's columns",
    usedBy: "notebook 04: `laptop`",
  },
  "criteo": {
    title: "Criteo's Display Advertising Challenge",
    page: "https://www.kaggle.com/c/criteo-display-ad-challenge",
    licence: "Criteo's, for research",
    layout: "`train.txt`",
    usedBy: "notebook 04: `paper`",
  },
  "avazu": {
    title: "Avazu's Click-Through Rate Prediction",
    page: "https://www.kaggle.com/c/avazu-ctr-prediction",
    licence: "by the rules of the competition",
    layout: "`train.csv`",
    usedBy: "notebook 04: `paper`",
  },
  "kdd12": {
    title: "KDD Cup 2012, track 2",
    page: "https://www.kaggle.com/c/kddcup2012-track2",
    licence: "by the rules of the competition",
    layout: "`training.txt`",
    usedBy: "notebook 04: `paper`",
  },
  "sr": {
    title: "Images for super-resolution",
    page: "https://github.com/sanghyun-son/EDSR-PyTorch",
    licence: "each set its publisher's; most have none",
    layout:
      "a folder for each set, also under `benchmark/`: `Set5`, `Set14`, `B100`, `Urban100`, `Manga109`, `T91`, " +
      "`BSD200`, `DIV2K_train_HR`, `DIV2K_valid_HR`, `Flickr2K`; images in it, or in `HR` beside `LR_bicubic`",
    usedBy:
      "`benchmarkSet`; notebook 05: all presets test on what is there, `laptop` and those of the paper train on it",
  },
  "mmlu": {
    title: "MMLU, made into lines of JSON",
    page: "https://github.com/hendrycks/test",
    licence: "MIT",
    layout: "`val.jsonl.gz`, `dev.jsonl.gz`, `test.jsonl.gz`: their form is told in docs/chat.md",
    usedBy: '`loadQuestions("mmlu")`; notebook 02: `paper`',
  },
  "reasoning": {
    title: "Other benchmarks of questions",
    page: "https://github.com/openai/grade-school-math",
    licence: "each benchmark its authors'",
    layout: "a file for each: their names and forms are told in docs/chat.md",
    usedBy: "`loadQuestions`; notebook 02: `laptop`, `paper`; notebook 06: `laptop`, `paper`, with a server",
  },
  "lm": {
    title: "stories260K, a teller of stories",
    page: "https://huggingface.co/karpathy/tinyllamas",
    licence: "MIT",
    layout:
      "`stories260K-f32.gguf`; for notebook 06 also `stories260K_samples.json`, texts as numbers of tokens: " +
      '`{ "cal": [[…], …], "ev": [[…], …] }`',
    usedBy: "notebook 02: `quick`; notebook 06: all presets",
  },
  "wikitext2": {
    title: "WikiText-2, as words between spaces",
    page: "https://github.com/pytorch/examples",
    licence: "CC BY-SA 3.0",
    layout: "`test_tokenized.txt.gz`, `valid_tokenized.txt.gz`: `test.txt` and `valid.txt` of the example " +
      "`word_language_model`, gzipped",
    usedBy: "notebook 06: `laptop`, `paper`",
  },
  "agp": {
    title: "What was released with AGP",
    page: "https://github.com/Resurgamm/AGP",
    licence: "MIT",
    layout:
      "for each domain `train_<domain>.json`, `model_<domain>.pth`; and `parity_fixtures.json`, numbers of the " +
      "released code, which nobody publishes",
    usedBy: "notebook 02: all presets",
  },
  "agp-minilm": {
    title: "AGP's roles and questions as vectors",
    page: "https://github.com/Resurgamm/AGP",
    licence: "MIT, and Apache-2.0 of the encoder",
    layout:
      "`agp_minilm_embeddings_f16.safetensors`, `agp_true_embedding_reference.json`, which nobody publishes",
    usedBy: "notebook 02: all presets",
  },
};
