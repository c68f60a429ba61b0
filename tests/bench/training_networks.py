"""Networks whose training is measured: name -> (network, inputs, targets, loss), all with random weights and data."""
import os

import torch
from torch import nn
from torch.nn import functional as F

os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")


class Block(nn.Module):
    def __init__(self, ins, outs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(ins, outs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outs)
        self.conv2 = nn.Conv2d(outs, outs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outs)
        self.stride, self.added = stride, outs - ins

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride > 1 or self.added:
            half = self.added // 2
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, half, self.added - half))
        return F.relu(x + y)


def resnet(depth):
    layers, ins = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for stage, outs in enumerate([16, 32, 64]):
        for i in range((depth - 2) // 6):
            layers.append(Block(ins, outs, 2 if stage and not i else 1))
            ins = outs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def vgg11():
    layers, ins = [], 3
    for outs in [64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool", 512, 512, "pool"]:
        if outs == "pool":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(ins, outs, 3, padding=1), nn.BatchNorm2d(outs), nn.ReLU()]
            ins = outs
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


class Edsr(nn.Module):
    """Eight blocks of 32 channels, twice as large."""

    def __init__(self, width=32, blocks=8):
        super().__init__()

        def conv(ins, outs):
            return nn.Conv2d(ins, outs, 3, padding=1)

        self.head = conv(3, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(conv(width, width), nn.ReLU(), conv(width, width)) for _ in range(blocks)
        )
        self.body, self.wide, self.last = conv(width, width), conv(width, 4 * width), conv(width, 3)

    def forward(self, x):
        x = y = self.head(x)
        for block in self.blocks:
            y = y + block(y)
        return self.last(F.pixel_shuffle(self.wide(x + self.body(y)), 2))


class Logits(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, ids, mask):
        return self.network(input_ids=ids, attention_mask=mask).logits


def bert():
    import transformers as hf

    config = hf.BertConfig(
        vocab_size=8000,
        hidden_size=256,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=1024,
        num_labels=10,
        hidden_dropout_prob=0,
        attention_probs_dropout_prob=0,
    )
    return Logits(hf.BertForSequenceClassification(config))


def picture(network, batch=64, size=32):
    return network, (torch.randn(batch, 3, size, size),), torch.arange(batch) % 10, "cross entropy"


def mobilenet():
    from torchvision.models import mobilenet_v2

    return picture(mobilenet_v2(num_classes=10, dropout=0.0))


def unet():
    import sys

    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../zoo"))
    from architectures.dense import UNet

    return UNet(24), (torch.randn(8, 3, 64, 64),), torch.randn(8, 2, 64, 64), "squared error"


def edsr():
    return Edsr(), (torch.rand(16, 3, 48, 48),), torch.rand(16, 3, 96, 96), "absolute error"


def vit():
    import timm

    sizes = dict(img_size=32, patch_size=4, embed_dim=192, depth=6, num_heads=3, num_classes=10)
    return picture(timm.models.vision_transformer.VisionTransformer(**sizes))


def mixer():
    import timm

    sizes = dict(img_size=32, patch_size=4, embed_dim=128, num_blocks=8, num_classes=10)
    return picture(timm.models.mlp_mixer.MlpMixer(**sizes))


def text(batch=32, length=64):
    ids = torch.randint(0, 8000, (batch, length))
    return bert(), (ids, torch.ones(batch, length, dtype=torch.int64)), torch.arange(batch) % 10, "cross entropy"


def mlp():
    network = nn.Sequential(
        nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10)
    )
    return network, (torch.randn(64, 784),), torch.arange(64) % 10, "cross entropy"


NETWORKS = {
    "ResNet-20": lambda: picture(resnet(20)),
    "ResNet-56": lambda: picture(resnet(56)),
    "VGG-11": lambda: picture(vgg11()),
    "MobileNetV2": mobilenet,
    "U-Net": unet,
    "EDSR": edsr,
    "ViT": vit,
    "MLP-Mixer": mixer,
    "BERT": text,
    "MLP, AdamW": mlp,
}


def build(name):
    """The same weights and data each time."""
    torch.manual_seed(1)
    torch.backends.mha.set_fastpath_enabled(False)
    return NETWORKS[name]()
