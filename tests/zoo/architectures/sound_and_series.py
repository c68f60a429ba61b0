"""Sound, speech and series of numbers."""

import torch
import torchaudio.models as audio

from .wrap import Named, Picked, first, hears, logits, made, sound

SPEECH = dict(
    hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, vocab_size=30,
    conv_dim=(16, 24, 32), conv_kernel=(10, 3, 3), conv_stride=(5, 2, 2), num_conv_pos_embeddings=16,
    num_conv_pos_embedding_groups=4, num_feat_extract_layers=3,
)


def heard(make, *shapes, pick=None):
    def build():
        network = make()
        return Picked(network, pick) if pick else network, tuple(torch.randn(shape) for shape in shapes)

    return build


def whisper():
    sizes = dict(d_model=48, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
                 encoder_ffn_dim=96, decoder_ffn_dim=96, vocab_size=100, num_mel_bins=20, max_source_positions=30,
                 max_target_positions=20, pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1,
                 begin_suppress_tokens=None)
    network = Named(made("WhisperForConditionalGeneration", "WhisperConfig", **sizes), first,
                    ("input_features", "decoder_input_ids"), use_cache=False, return_dict=False)
    return network, (torch.randn(2, 20, 60), torch.randint(3, 100, (2, 8)))


def spectrogram_transformer():
    network = logits(made("ASTForAudioClassification", "ASTConfig", hidden_size=48, num_hidden_layers=2,
                          num_attention_heads=4, intermediate_size=96, max_length=64, num_mel_bins=32))
    return network, (torch.randn(2, 64, 32),)


def encodec():
    network = made("EncodecModel", "EncodecConfig", num_filters=8, hidden_size=16, codebook_size=16,
                   codebook_dim=16, upsampling_ratios=[4, 2], num_lstm_layers=1)

    class Coder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = network.encoder, network.decoder

        def forward(self, x):
            return self.decoder(self.encoder(x))

    return Coder(), (torch.randn(2, 1, 320),)


def dac():
    network = made("DacModel", "DacConfig", encoder_hidden_size=8, downsampling_ratios=[2, 4], decoder_hidden_size=32,
                   upsampling_ratios=[4, 2], n_codebooks=2, codebook_size=16, codebook_dim=4, hidden_size=32)

    class Coder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = network.encoder, network.decoder

        def forward(self, x):
            return self.decoder(self.encoder(x))

    return Coder(), (torch.randn(2, 1, 320),)


def hifigan():
    network = made("SpeechT5HifiGan", "SpeechT5HifiGanConfig", model_in_dim=20, upsample_initial_channel=32,
                   upsample_rates=[4, 2], upsample_kernel_sizes=[8, 4], resblock_kernel_sizes=[3, 5],
                   resblock_dilation_sizes=[[1, 3], [1, 3]])
    return network, (torch.randn(2, 12, 20),)


class Conformer(torch.nn.Module):
    """All frames count."""

    def __init__(self, **sizes):
        super().__init__()
        self.network = audio.Conformer(**sizes)

    def forward(self, x):
        return self.network(x, torch.full((x.shape[0],), x.shape[1]))[0]


SERIES = dict(num_input_channels=3, context_length=32, patch_length=8, patch_stride=8, prediction_length=8, d_model=32)

NETWORKS = {
    "wav2vec2": hears("Wav2Vec2ForCTC", "Wav2Vec2Config", **SPEECH),
    "wav2vec2_conformer": hears("Wav2Vec2ConformerForCTC", "Wav2Vec2ConformerConfig", **SPEECH),
    "hubert": hears("HubertForCTC", "HubertConfig", **SPEECH),
    "wavlm": hears("WavLMForCTC", "WavLMConfig", **SPEECH),
    "unispeech": hears("UniSpeechForCTC", "UniSpeechConfig", **SPEECH),
    "sew": hears("SEWForCTC", "SEWConfig", **SPEECH, squeeze_factor=2),
    "data2vec_audio": hears("Data2VecAudioForCTC", "Data2VecAudioConfig",
                            **{**SPEECH, "num_conv_pos_embeddings": 2, "conv_pos_kernel_size": 5}),
    "whisper": whisper,
    "audio_spectrogram_transformer": spectrogram_transformer,
    "encodec": encodec,
    "dac": dac,
    "hifigan": hifigan,
    "wav2letter": heard(lambda: audio.Wav2Letter(num_classes=20, input_type="mfcc", num_features=20), (2, 20, 64)),
    "deep_speech": heard(lambda: audio.DeepSpeech(20, n_hidden=64, n_class=20), (2, 1, 24, 20)),
    "conformer": heard(lambda: Conformer(input_dim=32, num_heads=4, ffn_dim=64, num_layers=2,
                                         depthwise_conv_kernel_size=7), (2, 24, 32)),
    "conv_tasnet": heard(lambda: audio.ConvTasNet(num_sources=2, enc_kernel_size=16, enc_num_feats=32, msk_num_feats=16,
                                                  msk_num_hidden_feats=32, msk_num_layers=2, msk_num_stacks=2),
                         (2, 1, 256)),
    "wavernn": heard(lambda: audio.WaveRNN(upsample_scales=[2, 2], n_classes=16, hop_length=4, n_res_block=2, n_rnn=32,
                                           n_fc=32, kernel_size=5, n_freq=16, n_hidden=16, n_output=16),
                     (2, 1, 40), (2, 1, 16, 14)),
    "patchtst": heard(lambda: made("PatchTSTForPrediction", "PatchTSTConfig", **SERIES, num_hidden_layers=2, ffn_dim=64,
                                   num_attention_heads=4), (2, 32, 3), pick=lambda answer: answer.prediction_outputs),
    "patchtsmixer": heard(lambda: made("PatchTSMixerForPrediction", "PatchTSMixerConfig", **SERIES, num_layers=2),
                          (2, 32, 3), pick=lambda answer: answer.prediction_outputs),
}
