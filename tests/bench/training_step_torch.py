"""The same training step in PyTorch: reads a memory format per line, does one step, prints its seconds and the processor's."""
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


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


depth, batch, threads = map(int, sys.argv[1:])
torch.set_num_threads(threads)
torch.manual_seed(0)
images, labels = torch.randn(batch, 3, 32, 32), torch.arange(batch) % 10
formats = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
made = {}
for name, memory in formats.items():
    net = resnet(depth).to(memory_format=memory)
    made[name] = net, torch.optim.SGD(net.parameters(), lr=0.05), images.to(memory_format=memory)
for line in sys.stdin:
    net, optimizer, x = made[line.strip()]
    start, processor = time.perf_counter(), time.process_time()
    optimizer.zero_grad(set_to_none=True)
    F.cross_entropy(net(x), labels).backward()
    optimizer.step()
    print(time.perf_counter() - start, time.process_time() - processor, flush=True)
