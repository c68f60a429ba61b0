"""Volumes and videos."""

import monai.networks.nets as nets
import torch
import torchvision.models.video as video

from .wrap import PATCHES, Picked, logits, made, volume

FRAMES = dict(PATCHES, num_hidden_layers=4, intermediate_size=192, num_frames=4)
UNET = dict(spatial_dims=3, in_channels=1, out_channels=2)


def monai_net(name, size=32, pick=None, **sizes):
    def build():
        network = getattr(nets, name)(**sizes)
        return volume(Picked(network, pick) if pick else network, size)

    return build


def clip(name):
    return lambda: (getattr(video, name)(weights=None, num_classes=10), (torch.randn(1, 3, 4, 32, 32),))


def frames(model, config, **sizes):
    return lambda: (logits(made(model, config, **sizes)), (torch.randn(1, 4, 3, 64, 64),))


NETWORKS = {
    "unet_3d": monai_net("UNet", **UNET, channels=(8, 16, 32), strides=(2, 2), num_res_units=1),
    "attention_unet": monai_net("AttentionUnet", **UNET, channels=(8, 16, 32), strides=(2, 2)),
    "basic_unet": monai_net("BasicUNet", **UNET, features=(8, 8, 16, 32, 32, 8)),
    "basic_unet_plus_plus": monai_net("BasicUNetPlusPlus", **UNET, features=(8, 8, 16, 32, 32, 8), pick=lambda a: a[0]),
    "dynunet": monai_net("DynUNet", **UNET, kernel_size=[3, 3, 3], strides=[1, 2, 2], upsample_kernel_size=[2, 2],
                         filters=[8, 16, 32]),
    "highresnet": monai_net("HighResNet", 16, spatial_dims=3, in_channels=1, out_channels=2),
    "segresnet": monai_net("SegResNet", **UNET, init_filters=8, blocks_down=(1, 1, 1), blocks_up=(1, 1)),
    "mednext": monai_net("MedNeXt", spatial_dims=3, init_filters=8, in_channels=1, out_channels=2,
                         encoder_expansion_ratio=2, blocks_down=(1, 1, 1, 1), blocks_up=(1, 1, 1, 1)),
    "autoencoder_3d": monai_net("AutoEncoder", **UNET, channels=(8, 16), strides=(2, 2)),
    "densenet_3d": monai_net("DenseNet", **UNET, init_features=8, growth_rate=8, block_config=(2, 2), bn_size=2),
    "resnet_3d": monai_net("ResNet", block="basic", layers=[1, 1, 1, 1], block_inplanes=[8, 16, 24, 32],
                           n_input_channels=1, num_classes=3),
    "efficientnet_3d": monai_net("EfficientNetBN", model_name="efficientnet-b0", pretrained=False, spatial_dims=3,
                                 in_channels=1, num_classes=3),
    "mc3_18": clip("mc3_18"),
    "videomae": frames("VideoMAEForVideoClassification", "VideoMAEConfig", **FRAMES, tubelet_size=2),
    "timesformer": frames("TimesformerForVideoClassification", "TimesformerConfig", **FRAMES),
    "vivit": frames("VivitForVideoClassification", "VivitConfig", **{key: size for key, size in FRAMES.items() if key != "patch_size"},
                    tubelet_size=[2, 16, 16]),
}
