"""Transformers, mixers and hybrids that classify pictures."""

import torchvision.models as vision
from timm.models.gcvit import GlobalContextVit
from timm.models.metaformer import MetaFormer, SepConv
from timm.models.nest import Nest

from .wrap import PATCHES, looks, picture, timm_net, torchvision_net

NETWORKS = {
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
    "mobilevit_v2": timm_net("mobilevitv2_050"),
    "poolformer": timm_net("poolformer_s12"),
    "mixer": timm_net("mixer_s16_224", img_size=64),
    "resmlp": timm_net("resmlp_12_224", img_size=64),
    "gmixer": timm_net("gmixer_12_224", img_size=64),
    "gmlp": timm_net("gmlp_ti16_224", img_size=64),
    "focalnet": timm_net("focalnet_tiny_srf"),
    "levit": timm_net("levit_128s", 224),
    "beit": timm_net("beit_base_patch16_224", img_size=64, embed_dim=48, depth=2, num_heads=4),
    "eva02": timm_net("eva02_tiny_patch14_224", 56, img_size=56, depth=2),
    "xcit": timm_net("xcit_nano_12_p16_224", img_size=64, depth=2),
    "convit": timm_net("convit_tiny", img_size=64, depth=4),
    "crossvit": timm_net("crossvit_9_240", 240),
    "coat": timm_net("coat_tiny", img_size=64),
    "coatnet": timm_net("coatnet_pico_rw_224", img_size=64),
    "tnt": timm_net("tnt_s_patch16_224", img_size=64, depth=2),
    "twins": timm_net("twins_svt_small", img_size=64, depths=[1, 1, 1, 1]),
    "pvt_v2": timm_net("pvt_v2_b0"),
    "nest": lambda: picture(Nest(64, num_levels=3, embed_dims=(32, 48, 64), num_heads=(2, 3, 4), depths=(1, 1, 1), num_classes=10)),
    "visformer": timm_net("visformer_tiny", img_size=64),
    "efficientformer": timm_net("efficientformer_l1", 224),
    "efficientformer_v2": timm_net("efficientformerv2_s0", 224),
    "efficientvit_mit": timm_net("efficientvit_b0"),
    "efficientvit_msra": timm_net("efficientvit_m0", img_size=64),
    "edgenext": timm_net("edgenext_xx_small"),
    "fastvit": timm_net("fastvit_t8"),
    "repvit": timm_net("repvit_m0_9"),
    "davit": timm_net("davit_tiny", depths=(1, 1, 1, 1), embed_dims=(24, 48, 72, 96), num_heads=(1, 2, 3, 4)),
    "gcvit": lambda: picture(GlobalContextVit(img_size=(64, 64), window_size=(2, 2, 2, 2), embed_dim=32, depths=(1, 1, 1, 1),
                                             num_heads=(2, 2, 4, 4), num_classes=10)),
    "hiera": timm_net("hiera_tiny_224", img_size=64, embed_dim=32, stages=(1, 1, 1, 1)),
    "mvit_v2": timm_net("mvitv2_tiny", img_size=64),
    "swiftformer": timm_net("swiftformer_xs"),
    "shvit": timm_net("shvit_s1"),
    "convformer": lambda: picture(MetaFormer(depths=(1, 1, 1, 1), dims=(16, 24, 32, 64), num_classes=10,
                                                token_mixers=SepConv)),
    "sequencer": timm_net("sequencer2d_s", img_size=64, layers=[1, 1, 1, 1]),
    "halonet": timm_net("halonet26t", 256),
    "lambda_resnet": timm_net("lambda_resnet26t", 128, img_size=128),
    "botnet": timm_net("botnet26t_256", 128, img_size=128),
    "vitamin": timm_net("vitamin_small_224", img_size=64),
    "tiny_vit": timm_net("tiny_vit_5m_224", 224),
    "vit_hf": looks("ViTForImageClassification", "ViTConfig", **PATCHES),
    "deit_hf": looks("DeiTForImageClassification", "DeiTConfig", **PATCHES),
    "beit_hf": looks("BeitForImageClassification", "BeitConfig", **PATCHES),
    "dinov2": looks("Dinov2ForImageClassification", "Dinov2Config", **PATCHES),
    "dinov2_registers": looks(
        "Dinov2WithRegistersForImageClassification", "Dinov2WithRegistersConfig", **PATCHES
    ),
    "dinov3": looks("DINOv3ViTModel", "DINOv3ViTConfig", **PATCHES),
    "ijepa": looks("IJepaForImageClassification", "IJepaConfig", **PATCHES),
    "clip_vision": looks("CLIPVisionModelWithProjection", "CLIPVisionConfig", projection_dim=24, **PATCHES),
    "siglip_vision": looks("SiglipVisionModel", "SiglipVisionConfig", **PATCHES),
    "aimv2_vision": looks("Aimv2VisionModel", "Aimv2VisionConfig", **PATCHES),
    "swin_hf": looks(
        "SwinForImageClassification", "SwinConfig", image_size=64, embed_dim=24, depths=[1, 1], num_heads=[2, 4],
        window_size=4,
    ),
    "pvt": looks(
        "PvtForImageClassification", "PvtConfig", image_size=64, hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1],
        num_attention_heads=[1, 2, 4, 4],
    ),
}
