"""The zoo: family -> name -> function that gives a network with random weights and what it is fed."""

import torchvision.models as vision

from . import convolutional, dense, generators, language, sound_and_series, vision_transformers, volumes
from .wrap import decoder, picture, text, timm_net, torchvision_net

# What the tests run: one of each kind, a few seconds each.
SMALL_ZOO = {
    "resnet8": timm_net("resnet18", 32, layers=[1, 1, 1, 1], channels=[8, 16, 16, 24]),
    "mobilenet_v2_small": torchvision_net("mobilenet_v2", 32, width_mult=0.25),
    "densenet_small": lambda: picture(vision.DenseNet(8, (2, 2), 16, num_classes=10), 32),
    "convnext_small": timm_net("convnext_atto", 32, depths=[1, 1, 1, 1], dims=[8, 16, 24, 32]),
    "vit_small": timm_net("vit_tiny_patch16_224", 32, img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=4),
    "deit3_small": timm_net(
        "deit3_small_patch16_224", 32, img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=4
    ),
    "bert": text("BertForSequenceClassification", "BertConfig"),
    "llama": decoder("LlamaForCausalLM", "LlamaConfig", num_key_value_heads=2),
}


def small(*names):
    return {name: SMALL_ZOO[name] for name in names}


FAMILIES = {
    "Convolutional classifiers": {
        **small("resnet8", "mobilenet_v2_small", "densenet_small", "convnext_small"),
        **convolutional.NETWORKS,
    },
    "Vision transformers, mixers and hybrids": {
        **small("vit_small", "deit3_small"),
        **vision_transformers.NETWORKS,
    },
    "Segmentation, detection, depth, poses": dense.NETWORKS,
    "Encoders of text": {**small("bert"), **language.ENCODERS},
    "Decoders of text": {**small("llama"), **language.DECODERS},
    "Sequence to sequence": language.BOTH,
    "Sound, speech and series": sound_and_series.NETWORKS,
    "Diffusion and autoencoders": generators.NETWORKS,
    "Volumes and videos": volumes.NETWORKS,
}

ZOO = {name: build for networks in FAMILIES.values() for name, build in networks.items()}
