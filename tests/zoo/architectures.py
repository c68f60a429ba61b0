"""The zoo: name -> function that gives a network with random weights and what it is fed."""

import torch
import timm
import torchvision.models as vision
import transformers as hf
from torch import nn


class Picked(nn.Module):
    """A network of whose answer only some tensors are looked at."""

    def __init__(self, network, pick, **settings):
        super().__init__()
        self.network, self.pick, self.settings = network, pick, settings

    def forward(self, *inputs):
        return self.pick(self.network(*inputs, **self.settings))


class Detector(nn.Module):
    """What a detector of torchvision computes before boxes are chosen."""

    def __init__(self, network):
        super().__init__()
        self.backbone, self.head = network.backbone, network.head

    def forward(self, x):
        answer = self.head(list(self.backbone(x).values()))
        return tuple(answer[key] for key in sorted(answer))


class UNet(nn.Module):
    """Two steps down and up, with skips."""

    def __init__(self, width=16):
        super().__init__()

        def block(before, after):
            layers = []
            for size in (before, after):
                layers += [nn.Conv2d(size, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU()]
            return nn.Sequential(*layers)

        w = width
        self.down = nn.ModuleList([block(3, w), block(w, 2 * w), block(2 * w, 4 * w)])
        self.widen = nn.ModuleList([nn.ConvTranspose2d(4 * w, 2 * w, 2, 2), nn.ConvTranspose2d(2 * w, w, 2, 2)])
        self.up = nn.ModuleList([block(4 * w, 2 * w), block(2 * w, w)])
        self.last = nn.Conv2d(w, 2, 1)

    def forward(self, x):
        skips = []
        for block in self.down[:-1]:
            x = block(x)
            skips.append(x)
            x = nn.functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for widen, block in zip(self.widen, self.up):
            x = block(torch.cat([widen(x), skips.pop()], 1))
        return self.last(x)


def picture(network, size=64):
    return network, (torch.randn(2, 3, size, size),)


def torchvision_net(name, size=64, **settings):
    return lambda: picture(getattr(vision, name)(weights=None, num_classes=10, **settings), size)


def timm_net(name, size=64, **settings):
    return lambda: picture(timm.create_model(name, num_classes=10, **settings), size)


def text(make):
    def build():
        network = make()
        network.settings["attention_mask"] = torch.ones(2, 12, dtype=torch.int64)
        return network, (torch.randint(0, 100, (2, 12)),)

    return build


SMALL = dict(vocab_size=100, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96)


def logits(network, **settings):
    return Picked(network, lambda answer: answer[0], return_dict=False, **settings)


def llama():
    config = hf.LlamaConfig(**SMALL, num_key_value_heads=2, max_position_embeddings=64)
    return logits(hf.LlamaForCausalLM(config), use_cache=False)


def gpt2():
    config = hf.GPT2Config(vocab_size=100, n_positions=64, n_embd=48, n_layer=2, n_head=4)
    return logits(hf.GPT2LMHeadModel(config), use_cache=False)


def distilbert():
    config = hf.DistilBertConfig(vocab_size=100, dim=48, hidden_dim=96, n_layers=2, n_heads=4)
    return logits(hf.DistilBertForSequenceClassification(config))


def t5_encoder():
    config = hf.T5Config(vocab_size=100, d_model=48, d_kv=12, d_ff=96, num_layers=2, num_heads=4)
    return logits(hf.T5EncoderModel(config))


def yolos():
    config = hf.YolosConfig(
        hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
        image_size=[64, 64], patch_size=16, num_detection_tokens=8,
    )
    return picture(Picked(hf.YolosForObjectDetection(config), lambda answer: answer[:2], return_dict=False))


def segformer():
    config = hf.SegformerConfig(
        depths=[1, 1, 1, 1], hidden_sizes=[16, 24, 32, 40], decoder_hidden_size=32, num_labels=3,
    )
    return picture(logits(hf.SegformerForSemanticSegmentation(config)))


def vgg():
    layers = list(vision.vgg11_bn().features) + [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10)]
    return picture(nn.Sequential(*layers))


def detector(name, **settings):
    return lambda: picture(
        Detector(getattr(vision.detection, name)(weights=None, weights_backbone=None, num_classes=4, **settings)), 96
    )


# What the tests run first: one of each family, a few seconds each.
SMALL_ZOO = {
    "resnet8": timm_net("resnet18", 32, layers=[1, 1, 1, 1], channels=[8, 16, 16, 24]),
    "mobilenet_v2_small": torchvision_net("mobilenet_v2", 32, width_mult=0.25),
    "densenet_small": lambda: picture(vision.DenseNet(8, (2, 2), 16, num_classes=10), 32),
    "convnext_small": timm_net("convnext_atto", 32, depths=[1, 1, 1, 1], dims=[8, 16, 24, 32]),
    "vit_small": timm_net("vit_tiny_patch16_224", 32, img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=4),
    "deit3_small": timm_net(
        "deit3_small_patch16_224", 32, img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=4
    ),
    "bert": text(lambda: logits(hf.BertForSequenceClassification(hf.BertConfig(**SMALL)))),
    "llama": text(llama),
}

ZOO = {
    **SMALL_ZOO,
    "resnet18": torchvision_net("resnet18"),
    "resnet50": torchvision_net("resnet50"),
    "resnext50": torchvision_net("resnext50_32x4d"),
    "vgg11_bn": vgg,
    "squeezenet": torchvision_net("squeezenet1_1"),
    "googlenet": torchvision_net("googlenet", init_weights=False, aux_logits=False),
    "mobilenet_v2": torchvision_net("mobilenet_v2"),
    "mobilenet_v3": torchvision_net("mobilenet_v3_small"),
    "shufflenet_v2": torchvision_net("shufflenet_v2_x0_5"),
    "mnasnet": torchvision_net("mnasnet0_5"),
    "efficientnet_b0": torchvision_net("efficientnet_b0"),
    "efficientnet_v2": timm_net("efficientnetv2_rw_t"),
    "regnet_y": torchvision_net("regnet_y_400mf"),
    "densenet121": torchvision_net("densenet121"),
    "convnext_atto": timm_net("convnext_atto"),
    "swin_tiny": torchvision_net("swin_t"),
    "swin_v2": torchvision_net("swin_v2_t"),
    "maxvit": timm_net("maxvit_pico_rw_256", 64, img_size=64),
    "vit_b_torchvision": lambda: picture(
        vision.VisionTransformer(64, 16, num_layers=3, num_heads=4, hidden_dim=64, mlp_dim=128)
    ),
    "vit_tiny": timm_net("vit_tiny_patch16_224", img_size=64),
    "deit3": timm_net("deit3_small_patch16_224", img_size=64, depth=4),
    "cait": timm_net("cait_xxs24_224", img_size=64, depth=4),
    "pit": timm_net("pit_ti_224", img_size=64),
    "volo": timm_net("volo_d1_224", img_size=64),
    "mobilevit": timm_net("mobilevit_xxs"),
    "poolformer": timm_net("poolformer_s12"),
    "nfnet": timm_net("nfnet_l0"),
    "mixer": timm_net("mixer_s16_224", img_size=64),
    "resmlp": timm_net("resmlp_12_224", img_size=64),
    "gmixer": timm_net("gmixer_12_224", img_size=64),
    "ghostnet": timm_net("ghostnet_050"),
    "repvgg": timm_net("repvgg_a0"),
    "hrnet": timm_net("hrnet_w18_small"),
    "focalnet": timm_net("focalnet_tiny_srf"),
    "levit": timm_net("levit_128s", 224),
    "eca_resnet": timm_net("ecaresnet26t"),
    "unet": lambda: picture(UNet()),
    "deeplab_v3": lambda: picture(
        Picked(
            vision.segmentation.deeplabv3_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=3),
            lambda answer: answer["out"],
        )
    ),
    "segformer": segformer,
    "ssdlite": detector("ssdlite320_mobilenet_v3_large"),
    "retinanet": detector("retinanet_resnet50_fpn"),
    "yolos": yolos,
    "distilbert": text(distilbert),
    "roberta": text(lambda: logits(hf.RobertaForMaskedLM(hf.RobertaConfig(**SMALL)))),
    "gpt2": text(gpt2),
    "t5_encoder": text(t5_encoder),
}
