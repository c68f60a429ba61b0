"""What networks of the zoo are wrapped in, and what they are fed."""

import diffusers
import timm
import torch
import torchvision
import transformers
from torch import nn


class Picked(nn.Module):
    """A network of whose answer only some tensors are looked at."""

    def __init__(self, network, pick, **settings):
        super().__init__()
        self.network, self.pick, self.settings = network, pick, settings

    def forward(self, *inputs):
        return self.pick(self.network(*inputs, **self.settings))


class Named(Picked):
    """A network whose inputs are given by name."""

    def __init__(self, network, pick, names, **settings):
        super().__init__(network, pick, **settings)
        self.names = names

    def forward(self, *inputs):
        return self.pick(self.network(**dict(zip(self.names, inputs)), **self.settings))


def first(answer):
    return answer[0]


def picture(network, size=64, channels=3):
    return network, (torch.randn(2, channels, size, size),)


def volume(network, size=32, channels=1):
    return network, (torch.randn(1, channels, size, size, size),)


def sound(network, length=2000):
    return network, (torch.randn(2, length),)


def torchvision_net(name, size=64, **settings):
    return lambda: picture(getattr(torchvision.models, name)(weights=None, num_classes=10, **settings), size)


def timm_net(name, size=64, **settings):
    return lambda: picture(timm.create_model(name, num_classes=10, **settings), size)


SMALL = dict(hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96)
WORDS = dict(SMALL, vocab_size=100)
PATCHES = dict(SMALL, image_size=64, patch_size=16)


def logits(network, **settings):
    return Picked(network, first, return_dict=False, **settings)


def made(model, config, **sizes):
    """A network of transformers by the names of its class and configuration."""
    return getattr(transformers, model)(getattr(transformers, config)(**sizes))


def text(model, config, use_cache=None, masked=True, length=12, **sizes):
    """What reads tokens; those that write them too are asked without a cache."""

    def build():
        settings = {} if use_cache is None else dict(use_cache=use_cache)
        if masked:
            settings["attention_mask"] = torch.ones(2, length, dtype=torch.int64)
        given = {key: value for key, value in {**WORDS, **sizes}.items() if value is not None}
        network = logits(made(model, config, **given), **settings)
        return network, (torch.randint(3, 100, (2, length)),)

    return build


def decoder(model, config, **sizes):
    return text(model, config, use_cache=False, **{"max_position_embeddings": 64, "pad_token_id": 0, **sizes})


def sequences(model, config, **sizes):
    """What reads one sequence and writes another."""

    def build():
        names = ("input_ids", "decoder_input_ids")
        network = Named(made(model, config, **sizes), first, names, use_cache=False, return_dict=False)
        return network, (torch.randint(3, 100, (2, 12)), torch.randint(3, 100, (2, 8)))

    return build


def looks(model, config, size=64, pick=first, **sizes):
    """What looks at pictures."""
    return lambda: picture(Picked(made(model, config, **sizes), pick, return_dict=False), size)


def hears(model, config, length=2000, **sizes):
    """What hears samples of sound."""
    return lambda: sound(logits(made(model, config, **sizes)), length)


def noisy(model, *shapes, **sizes):
    """What takes noise from something at a step: the thing, the step, and what it is told of it."""

    def build():
        network = getattr(diffusers, model)(**sizes)
        thing, *told = [torch.randn(shape) for shape in shapes]
        return Picked(network, first, return_dict=False), (thing, torch.tensor([3, 3]), *told)

    return build
