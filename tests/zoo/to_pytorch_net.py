"""A module with the kinds of layers that docs/to_pytorch.md speaks of, and the two halves of its test."""

import json
import sys

import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm


class Block(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.conv1 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(4 * width)
        self.depthwise = nn.Conv2d(4 * width, 4 * width, 3, padding=1, groups=4 * width)
        self.bn2 = nn.BatchNorm2d(4 * width)
        self.conv2 = nn.Conv2d(4 * width, width, 1)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return x + self.conv2(torch.relu(self.bn2(self.depthwise(y))))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.blocks = nn.Sequential(Block(16), Block(16))
        self.up = nn.ConvTranspose2d(16, 24, 2, stride=2)
        self.norm = nn.BatchNorm2d(24)
        self.normed = nn.Sequential(nn.Conv2d(24, 32, 1), nn.GroupNorm(8, 32), nn.ReLU(), nn.Conv2d(32, 24, 1))
        self.instance = nn.InstanceNorm2d(24, affine=True)
        self.grouped = nn.Conv2d(24, 48, 3, groups=4)
        self.hidden = nn.Linear(48, 32)
        self.between = nn.Linear(32, 24)
        self.layer_norm = nn.LayerNorm(24)
        self.head = nn.Linear(24, 10)

    def forward(self, x):
        x = torch.relu(self.norm(self.up(self.blocks(torch.relu(self.stem(x))))))
        x = torch.relu(self.instance(self.normed(x)))
        x = torch.relu(self.grouped(x)).mean((2, 3))
        x = self.between(nn.functional.gelu(self.hidden(x)))
        return self.head(self.layer_norm(x))


def export(folder: str) -> None:
    torch.manual_seed(0)
    net = Net().eval()
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm2d):  # statistics that have seen something
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
        if isinstance(layer, (nn.BatchNorm2d, nn.InstanceNorm2d, nn.GroupNorm)):
            layer.weight.data.uniform_(0.5, 1.5)
            layer.bias.data.normal_()
    x = torch.randn(2, 3, 8, 8)
    torch.onnx.export(net, (x,), f"{folder}/net.onnx", dynamo=True, optimize=False, external_data=False)
    x.numpy().tofile(f"{folder}/input.bin")


def run(folder: str, recipe: str) -> None:
    names: dict = {}
    exec(open(recipe).read(), names)
    net = names["load_pruned"](Net(), f"{folder}/smaller.pth", f"{folder}/smaller.json").eval()
    from safetensors.torch import load_file

    other = load_file(f"{folder}/smaller.safetensors")
    assert all(torch.equal(value, other[name]) for name, value in torch.load(f"{folder}/smaller.pth").items())
    x = torch.from_file(f"{folder}/input.bin", size=2 * 3 * 8 * 8).view(2, 3, 8, 8)
    with torch.no_grad():
        net(x).numpy().tofile(f"{folder}/output.bin")
    group_norm = net.normed[1]
    assert group_norm.num_channels == net.normed[0].out_channels == net.normed[3].in_channels
    widths = [net.stem.out_channels, net.blocks[0].depthwise.groups, net.grouped.groups, net.between.in_features]
    zeros = sum(all(not tensor.any() for tensor in block.parameters()) for block in net.blocks)
    print(*widths, group_norm.num_groups, zeros)


# Modules that the recipe has to refuse, each with a cut, and a word of the sentence.
REFUSED = [
    (nn.LSTM(4, 8), "0.weight_ih_l0", [32, 4], [16, 4], {"0": [*range(16)]}, "LSTM"),
    (nn.MultiheadAttention(8, 2), "0.in_proj_weight", [24, 8], [24, 4], {"1": [*range(4)]}, "MultiheadAttention"),
    (weight_norm(nn.Linear(4, 8)), "0.parametrizations.weight.original1", [8, 4], [8, 2], {"1": [0, 1]}, "Param"),
    (nn.LayerNorm(8), "0.weight", [8], [4], {"0": [*range(4)]}, "LayerNorm"),
    (nn.RMSNorm(8), "0.weight", [8], [4], {"0": [*range(4)]}, "RMSNorm"),
    (nn.GroupNorm(4, 8), "0.weight", [8], [5], {"0": [0, 1, 2, 3, 4]}, "expected as many"),
    (nn.GroupNorm(4, 8), "0.weight", [8], [4], {"0": [0, 2, 4, 6]}, "other means"),
    (nn.GroupNorm(4, 8, affine=False), "1.weight", [8, 8], [4, 8], {"0": [*range(4)]}, "GroupNorm"),
    (nn.Linear(8, 8), "0.weight", [8, 8], [8, 8], {}, "whole expert"),
    (nn.ChannelShuffle(2), "1.weight", [8, 8], [4, 8], {"0": [*range(4)]}, "ChannelShuffle"),
]


def refuse(folder: str, recipe: str) -> None:
    names: dict = {}
    exec(open(recipe).read(), names)
    for layer, tensor, was, shape, kept, word in REFUSED:
        cut = {"was": was, "shape": shape, "kept": kept, **({"goneWith": "experts"} if "expert" in word else {})}
        with open(f"{folder}/cuts.json", "w") as file:
            json.dump({"tensors": {tensor: cut}}, file)
        try:
            names["resize"](nn.Sequential(layer, nn.Linear(8, 8)), f"{folder}/cuts.json")
        except ValueError as error:
            assert word in str(error), error
        else:
            raise AssertionError(f"{layer} was not refused")
    print(len(REFUSED))


if __name__ == "__main__":
    {"export": export, "run": run, "refuse": refuse}[sys.argv[1]](*sys.argv[2:])
