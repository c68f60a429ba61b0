"""Convolutional classifiers of pictures."""

import torchvision.models as vision
from timm.models.convmixer import ConvMixer
from torch import nn

from .wrap import looks, picture, timm_net, torchvision_net


def vgg():
    layers = list(vision.vgg11_bn().features) + [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10)]
    return picture(nn.Sequential(*layers))


NETWORKS = {
    "resnet18": torchvision_net("resnet18"),
    "resnet50": torchvision_net("resnet50"),
    "resnext50": torchvision_net("resnext50_32x4d"),
    "vgg11_bn": vgg,
    "alexnet": torchvision_net("alexnet"),
    "squeezenet": torchvision_net("squeezenet1_1"),
    "googlenet": torchvision_net("googlenet", init_weights=False, aux_logits=False),
    "inception_v3": torchvision_net("inception_v3", 96, init_weights=False, aux_logits=False),
    "mobilenet_v2": torchvision_net("mobilenet_v2"),
    "mobilenet_v3": torchvision_net("mobilenet_v3_small"),
    "shufflenet_v2": torchvision_net("shufflenet_v2_x0_5"),
    "mnasnet": torchvision_net("mnasnet0_5"),
    "efficientnet_b0": torchvision_net("efficientnet_b0"),
    "efficientnet_v2": timm_net("efficientnetv2_rw_t"),
    "regnet_y": torchvision_net("regnet_y_400mf"),
    "densenet121": torchvision_net("densenet121"),
    "convnext_atto": timm_net("convnext_atto"),
    "convnextv2_atto": timm_net("convnextv2_atto"),
    "nfnet": timm_net("nfnet_l0"),
    "ghostnet": timm_net("ghostnet_050"),
    "ghostnet_v2": timm_net("ghostnetv2_100"),
    "repvgg": timm_net("repvgg_a0"),
    "hrnet": timm_net("hrnet_w18_small"),
    "eca_resnet": timm_net("ecaresnet26t"),
    "se_resnet": timm_net("seresnet18"),
    "sk_resnet": timm_net("skresnet18"),
    "gc_resnext": timm_net("gcresnext26ts"),
    "resnest": timm_net("resnest14d"),
    "resnet_v2": timm_net("resnetv2_50", layers=[1, 1, 1, 1], channels=[32, 64, 96, 128]),
    "res2net": timm_net("res2net50_14w_8s", layers=[1, 1, 1, 1]),
    "resnet_blur": timm_net("resnetblur18"),
    "dla": timm_net("dla46_c"),
    "dpn": timm_net("dpn48b"),
    "selecsls": timm_net("selecsls42b"),
    "xception": timm_net("xception41p", 96),
    "csp_resnet": timm_net("cspresnet50d"),
    "csp_darknet": timm_net("cs3darknet_s"),
    "vovnet": timm_net("ese_vovnet19b_slim_dw"),
    "hardcore_nas": timm_net("hardcorenas_a"),
    "fbnet_v3": timm_net("fbnetv3_b"),
    "mixnet": timm_net("mixnet_s"),
    "tinynet": timm_net("tinynet_e"),
    "lcnet": timm_net("lcnet_035"),
    "mobilenet_v4": timm_net("mobilenetv4_conv_small_035"),
    "mobilenet_v1": timm_net("mobilenetv1_100"),
    "mobileone": timm_net("mobileone_s0"),
    "rexnet": timm_net("rexnet_100"),
    "regnet_x": timm_net("regnetx_002"),
    "regnet_z": timm_net("regnetz_005"),
    "gernet": timm_net("gernet_s"),
    "hgnet_v2": timm_net("hgnetv2_b0"),
    "repghostnet": timm_net("repghostnet_050"),
    "fasternet": timm_net("fasternet_t0"),
    "starnet": timm_net("starnet_s1"),
    "inception_next": timm_net("inception_next_atto"),
    "mambaout": timm_net("mambaout_femto"),
    "tresnet": timm_net("tresnet_m"),
    "convmixer": lambda: picture(ConvMixer(64, 3, num_classes=10)),
    "nf_resnet": timm_net("nf_resnet26"),
    "resnet_hf": looks(
        "ResNetForImageClassification", "ResNetConfig", 32, embedding_size=16, hidden_sizes=[16, 32, 48, 64],
        depths=[1, 1, 1, 1],
    ),
    "bit": looks(
        "BitForImageClassification", "BitConfig", 32, embedding_size=32, hidden_sizes=[32, 64, 96, 128],
        depths=[1, 1, 1, 1], num_groups=8,
    ),
    "textnet": looks("TextNetForImageClassification", "TextNetConfig", 64),
}
