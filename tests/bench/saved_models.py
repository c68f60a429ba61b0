"""Exports networks at the sizes they are used at, and times files in ONNX Runtime: a question per line, an answer per line."""

import json
import os
import statistics
import sys
import time
import warnings

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
warnings.filterwarnings("ignore")
os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../zoo"))

import numpy
import onnxruntime


def build(name):
    """A network with random weights, and what it is fed."""
    import torch
    import timm
    import torchvision.models as vision
    import transformers as hf
    from architectures.dense import UNet
    from architectures.wrap import logits

    def image(network, size=224):
        return network, (torch.randn(1, 3, size, size),)

    def text():
        config = hf.BertConfig(
            vocab_size=8000, hidden_size=256, num_hidden_layers=4, num_attention_heads=4, intermediate_size=1024
        )
        network = logits(hf.BertForSequenceClassification(config))
        network.settings["attention_mask"] = torch.ones(1, 128, dtype=torch.int64)
        return network, (torch.randint(0, 8000, (1, 128)),)

    networks = {
        "ResNet-50": lambda: image(vision.resnet50(weights=None)),
        "MobileNetV2": lambda: image(vision.mobilenet_v2(weights=None)),
        "EfficientNet-B0": lambda: image(vision.efficientnet_b0(weights=None)),
        "ViT-S": lambda: image(timm.create_model("vit_small_patch16_224")),
        "BERT-small": text,
        "U-Net": lambda: image(UNet(32), 128),
    }
    torch.manual_seed(1)
    torch.backends.mha.set_fastpath_enabled(False)
    return networks[name]()


def export(name, path):
    import torch

    network, inputs = build(name)
    with torch.no_grad():
        torch.onnx.export(network.eval(), inputs, path, dynamo=False)
    return {}


def open_session(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    random = numpy.random.default_rng(1)
    feeds = {}
    for given in session.get_inputs():
        shape = [size if isinstance(size, int) else 1 for size in given.shape]
        whole = given.type != "tensor(float)"
        feeds[given.name] = random.integers(0, 100, shape) if whole else random.standard_normal(shape, numpy.float32)
    return session, feeds


# Seconds.
PAUSE, TURN = 0.08, 0.04


def time_files(paths, rounds):
    """
    Seconds of a run of each file, as users run it: all files in turns, each of so many runs as TURN holds, of which
    the second half counts, and behind a pause in which the threads of the file before fall asleep. The first two
    rounds are not counted.
    """
    sessions = [open_session(path) for path in paths]
    walls, processors = [[] for _ in paths], [[] for _ in paths]
    for turn in range(-2, rounds):
        for i, (session, feeds) in enumerate(sessions):
            time.sleep(PAUSE)
            taken = []
            begin = time.perf_counter()
            while not taken or time.perf_counter() - begin < TURN:
                wall, processor = time.perf_counter(), time.process_time()
                session.run(None, feeds)
                taken.append((time.perf_counter() - wall, time.process_time() - processor))
            if turn >= 0:
                warm = taken[len(taken) // 2 :]
                walls[i].append(statistics.median(wall for wall, _ in warm))
                processors[i].append(statistics.median(processor for _, processor in warm))
    return dict(
        best=[min(times) for times in walls],
        median=[statistics.median(times) for times in walls],
        processor=[statistics.median(times) for times in processors],
        rounds=walls,
        version=onnxruntime.__version__,
    )


for line in sys.stdin:
    question = json.loads(line)
    what = question.pop("what")
    try:
        answer = {"export": export, "time": time_files}[what](**question)
    except Exception as error:
        answer = dict(error=f"{type(error).__name__}: {error}")
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
