"""Segmentation, detection, depth, poses and restoration of pictures."""

import segmentation_models_pytorch as smp
import torch
import torchvision.models as vision
from torch import nn

from .wrap import PATCHES, Picked, logits, looks, made, picture, transformers


class Detector(nn.Module):
    """What a detector of torchvision computes before boxes are chosen."""

    def __init__(self, network):
        super().__init__()
        self.backbone, self.head = network.backbone, network.head

    def forward(self, x):
        answer = self.head(list(self.backbone(x).values()))
        return tuple(answer[key] for key in sorted(answer))


class Proposer(nn.Module):
    """What a detector of two stages computes before boxes are chosen."""

    def __init__(self, network):
        super().__init__()
        self.backbone, self.head = network.backbone, network.rpn.head

    def forward(self, x):
        scores, boxes = self.head(list(self.backbone(x).values()))
        return (*scores, *boxes)


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


def detector(name, wrap=Detector, **settings):
    return lambda: picture(
        wrap(getattr(vision.detection, name)(weights=None, weights_backbone=None, num_classes=4, **settings)), 96
    )


def segmenter(name, **settings):
    def build():
        network = getattr(vision.segmentation, name)(weights=None, weights_backbone=None, num_classes=3, **settings)
        return picture(Picked(network, lambda answer: answer["out"]))

    return build


def smp_net(name, encoder="mobilenet_v2", size=64, **settings):
    return lambda: picture(getattr(smp, name)(encoder, encoder_weights=None, classes=3, **settings), size)


def queries(model, config, **sizes):
    """What answers a number of queries with classes and boxes."""

    def build():
        backbone = transformers.ResNetConfig(
            embedding_size=16, hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1],
            out_features=["stage2", "stage3", "stage4"] if "RT" in model or "DFine" in model else ["stage4"],
        )
        network = made(model, config, backbone_config=backbone, **sizes)
        return picture(Picked(network, lambda answer: (answer.logits, answer.pred_boxes)))

    return build


def segformer():
    return picture(logits(made("SegformerForSemanticSegmentation", "SegformerConfig", depths=[1, 1, 1, 1],
                               hidden_sizes=[16, 24, 32, 40], decoder_hidden_size=32, num_labels=3)))


def vit_backbone(config="Dinov2Config", **sizes):
    return getattr(transformers, config)(**{**PATCHES, "num_hidden_layers": 4, **sizes}, out_indices=[1, 2, 3, 4],
                                         reshape_hidden_states=False, apply_layernorm=True)


def depth_anything():
    network = made("DepthAnythingForDepthEstimation", "DepthAnythingConfig", backbone_config=vit_backbone(),
                   reassemble_hidden_size=48, neck_hidden_sizes=[16, 24, 32, 48], fusion_hidden_size=16,
                   patch_size=16, head_hidden_size=8)
    network.head.conv3.bias.data.fill_(5)  # or else all depths could be clipped to nothing
    return picture(Picked(network, lambda answer: answer.predicted_depth))


def vitpose():
    backbone = transformers.VitPoseBackboneConfig(image_size=[64, 64], patch_size=[16, 16], hidden_size=48,
                                                  num_hidden_layers=4, num_attention_heads=4, num_experts=1)
    network = made("VitPoseForPoseEstimation", "VitPoseConfig", backbone_config=backbone)
    return picture(Picked(network, lambda answer: answer.heatmaps))


def upernet():
    backbone = transformers.ConvNextConfig(hidden_sizes=[16, 24, 32, 48], depths=[1, 1, 1, 1],
                                           out_features=["stage1", "stage2", "stage3", "stage4"])
    network = made("UperNetForSemanticSegmentation", "UperNetConfig", backbone_config=backbone, hidden_size=32,
                   auxiliary_in_channels=32, auxiliary_channels=16, num_labels=3)
    return picture(Picked(network, lambda answer: answer.logits))


DETR = dict(d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=4, decoder_attention_heads=4,
            encoder_ffn_dim=64, decoder_ffn_dim=64, num_queries=6)

NETWORKS = {
    "unet": lambda: picture(UNet()),
    "deeplab_v3": segmenter("deeplabv3_mobilenet_v3_large"),
    "lraspp": segmenter("lraspp_mobilenet_v3_large"),
    "smp_unet": smp_net("Unet"),
    "smp_unet_scse": smp_net("Unet", decoder_attention_type="scse"),
    "unet_plus_plus": smp_net("UnetPlusPlus"),
    "fpn": smp_net("FPN"),
    "pspnet": smp_net("PSPNet"),
    "linknet": smp_net("Linknet"),
    "pan": smp_net("PAN", size=128),
    "deeplab_v3_plus": smp_net("DeepLabV3Plus"),
    "smp_segformer": smp_net("Segformer"),
    "smp_upernet": smp_net("UPerNet"),
    "segformer": segformer,
    "upernet": upernet,
    "ssdlite": detector("ssdlite320_mobilenet_v3_large"),
    "retinanet": detector("retinanet_resnet50_fpn"),
    "fcos": detector("fcos_resnet50_fpn"),
    "faster_rcnn_proposals": detector("fasterrcnn_mobilenet_v3_large_320_fpn", Proposer),
    "detr": queries("DetrForObjectDetection", "DetrConfig", **DETR),
    "conditional_detr": queries("ConditionalDetrForObjectDetection", "ConditionalDetrConfig", **DETR),
    "table_transformer": queries("TableTransformerForObjectDetection", "TableTransformerConfig", **DETR),
    "yolos": looks(
        "YolosForObjectDetection", "YolosConfig", pick=lambda answer: answer[:2],
        **{**PATCHES, "image_size": [64, 64]}, num_detection_tokens=8,
    ),
    "dpt": looks(
        "DPTForDepthEstimation", "DPTConfig", **{**PATCHES, "num_hidden_layers": 4}, backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[16, 24, 32, 48], fusion_hidden_size=16, reassemble_factors=[4, 2, 1, 0.5],
    ),
    "depth_anything": depth_anything,
    "glpn": looks(
        "GLPNForDepthEstimation", "GLPNConfig", hidden_sizes=[16, 24, 32, 48], depths=[1, 1, 1, 1],
        decoder_hidden_size=16, num_attention_heads=[1, 2, 4, 4],
    ),
    "vitpose": vitpose,
    "swin2sr": looks(
        "Swin2SRForImageSuperResolution", "Swin2SRConfig", 32, image_size=32, embed_dim=24, depths=[1, 1],
        num_heads=[2, 2], window_size=4, upscale=2,
    ),
    "vitdet": looks("VitDetModel", "VitDetConfig", **PATCHES, pretrain_image_size=64),
    "clipseg_vision": looks("CLIPSegVisionModel", "CLIPSegVisionConfig", **PATCHES),
}
