"""What makes pictures out of noise, and what packs them."""

import torch

from .wrap import Picked, diffusers, first, noisy, picture

BLOCKS = dict(block_out_channels=(16, 32), layers_per_block=1, norm_num_groups=4)
DOWN, UP = ("DownBlock2D", "AttnDownBlock2D"), ("AttnUpBlock2D", "UpBlock2D")
CROSS = dict(
    BLOCKS, sample_size=16, in_channels=4, out_channels=4, cross_attention_dim=24, attention_head_dim=4,
    down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
)


def coder(name, **sizes):
    return lambda: picture(Picked(getattr(diffusers, name)(**sizes), first, return_dict=False), 32)


def controlled():
    network = diffusers.ControlNetModel(**{key: value for key, value in CROSS.items() if key not in (
        "sample_size", "out_channels")}, conditioning_embedding_out_channels=(8, 16))
    inputs = torch.randn(2, 4, 16, 16), torch.tensor([3, 3]), torch.randn(2, 5, 24), torch.randn(2, 3, 32, 32)
    return Picked(network, lambda answer: (*answer[0], answer[1]), return_dict=False), inputs


def dit():
    network = diffusers.DiTTransformer2DModel(num_attention_heads=4, attention_head_dim=8, in_channels=4,
                                              out_channels=8, num_layers=2, sample_size=8, num_embeds_ada_norm=10)

    class Asked(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network

        def forward(self, noise, step, kind):
            return self.network(noise, timestep=step, class_labels=kind, return_dict=False)[0]

    return Asked(), (torch.randn(2, 4, 8, 8), torch.tensor([3, 3]), torch.tensor([1, 2]))


def by_name(model, names, inputs, **sizes):
    class Asked(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = getattr(diffusers, model)(**sizes)

        def forward(self, *given):
            return self.network(**dict(zip(names, given)), return_dict=False)[0]

    return lambda: (Asked(), inputs())


NETWORKS = {
    "ddpm_unet": noisy("UNet2DModel", (2, 3, 16, 16), **BLOCKS, sample_size=16, down_block_types=DOWN,
                       up_block_types=UP, attention_head_dim=8),
    "stable_diffusion_unet": noisy("UNet2DConditionModel", (2, 4, 16, 16), (2, 5, 24), **CROSS,
                                   up_block_types=("UpBlock2D", "CrossAttnUpBlock2D")),
    "controlnet": controlled,
    "autoencoder_kl": coder("AutoencoderKL", **BLOCKS, down_block_types=("DownEncoderBlock2D",) * 2,
                            up_block_types=("UpDecoderBlock2D",) * 2, latent_channels=4),
    "autoencoder_tiny": coder("AutoencoderTiny", encoder_block_out_channels=(16, 16), decoder_block_out_channels=(16, 16),
                              num_encoder_blocks=(1, 2), num_decoder_blocks=(2, 1)),
    "vq_model": coder("VQModel", **BLOCKS, down_block_types=("DownEncoderBlock2D",) * 2,
                      up_block_types=("UpDecoderBlock2D",) * 2, num_vq_embeddings=16),
    "dit": dit,
    "pixart": by_name(
        "PixArtTransformer2DModel", ("hidden_states", "encoder_hidden_states", "timestep"),
        lambda: (torch.randn(2, 4, 8, 8), torch.randn(2, 5, 24), torch.tensor([3, 3])),
        num_attention_heads=4, attention_head_dim=8, in_channels=4, out_channels=8, num_layers=2, sample_size=8,
        cross_attention_dim=32, caption_channels=24, use_additional_conditions=False,
    ),
    "stable_diffusion_3": by_name(
        "SD3Transformer2DModel", ("hidden_states", "encoder_hidden_states", "pooled_projections", "timestep"),
        lambda: (torch.randn(2, 4, 8, 8), torch.randn(2, 5, 24), torch.randn(2, 16), torch.tensor([3, 3])),
        sample_size=8, in_channels=4, num_layers=2, attention_head_dim=8, num_attention_heads=4,
        joint_attention_dim=24, caption_projection_dim=32, pooled_projection_dim=16, out_channels=4,
    ),
    # In heads of eight some place has no feature above zero, and divides by that.
    "sana": by_name(
        "SanaTransformer2DModel", ("hidden_states", "encoder_hidden_states", "timestep"),
        lambda: (torch.randn(2, 4, 8, 8), torch.randn(2, 5, 24), torch.tensor([3, 3])),
        in_channels=4, out_channels=4, num_attention_heads=4, attention_head_dim=32, num_layers=2,
        num_cross_attention_heads=4, cross_attention_head_dim=32, cross_attention_dim=128, caption_channels=24,
        sample_size=8,
    ),
}
