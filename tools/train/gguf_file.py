"""Writes a deepseek2 or llama GGUF file from named float arrays."""

import gguf
import numpy as np

import vocabulary

AUTHOR, LICENSE = "costwar", "MIT"
ALWAYS_F32 = ("norm.weight", "ffn_gate_inp.weight", "exp_probs_b.bias")


def store(writer, name, values, kind):
    """Add one tensor as `kind` (a gguf.GGMLQuantizationType); norms, router and bias stay F32."""
    values = np.ascontiguousarray(values, dtype=np.float32)
    if name.endswith(ALWAYS_F32):
        kind = gguf.GGMLQuantizationType.F32
    if kind == gguf.GGMLQuantizationType.F32:
        writer.add_tensor(name, values)
    else:
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)


def write_shape(writer, shape):
    """The architecture's keys from a models.Shape-like object."""
    a = shape.architecture
    writer.add_block_count(shape.layers)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.d)
    writer.add_feed_forward_length(shape.ff)
    writer.add_head_count(shape.heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(shape.rope)
    writer.add_vocab_size(shape.vocab)
    writer.add_head_count_kv(shape.kv_heads)
    if a == "llama":
        writer.add_key_length(shape.v_head)
        writer.add_value_length(shape.v_head)
        return
    if shape.q_lora:
        writer.add_q_lora_rank(shape.q_lora)
    writer.add_kv_lora_rank(shape.kv_lora)
    writer.add_key_length(shape.kv_lora + shape.rope)
    writer.add_value_length(shape.kv_lora)
    writer.add_key_length_mla(shape.nope + shape.rope)
    writer.add_value_length_mla(shape.v_head)
    writer.add_leading_dense_block_count(shape.leading_dense)
    writer.add_expert_count(shape.experts)
    writer.add_expert_used_count(shape.used)
    writer.add_expert_shared_count(1)
    writer.add_expert_feed_forward_length(shape.expert_ff)
    writer.add_expert_weights_scale(shape.expert_scale)


def write_routing(writer, gating, norm, groups=None):
    """Router keys; groups: (count, used) or None. Gating: 1 softmax, 2 sigmoid."""
    writer.add_expert_gating_func(gguf.ExpertGatingFuncType(gating))
    writer.add_expert_weights_norm(norm)
    if groups:
        writer.add_expert_group_count(groups[0])
        writer.add_expert_group_used_count(groups[1])


def write_tokenizer(writer, tokens, merges, specials, end):
    """GPT-2 byte-level BPE; specials: token strings of type control."""
    types = [gguf.TokenType.CONTROL if t in specials else gguf.TokenType.NORMAL for t in tokens]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([f"{a} {b}" for a, b in merges])
    writer.add_bos_token_id(end)
    writer.add_eos_token_id(end)
    writer.add_pad_token_id(end)
    writer.add_add_bos_token(False)
    writer.add_chat_template(vocabulary.CHAT_TEMPLATE)


def write(path, shape, tensors, kind, describe, routing=None, tokenizer=None):
    """A complete file. describe: (name, description); routing: arguments of
    write_routing for deepseek2; tokenizer: arguments of write_tokenizer."""
    writer = gguf.GGUFWriter(path, shape.architecture)
    name, description = describe
    writer.add_name(name)
    writer.add_author(AUTHOR)
    writer.add_license(LICENSE)
    writer.add_description(description)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_file_type(
        {
            gguf.GGMLQuantizationType.F32: gguf.LlamaFileType.ALL_F32,
            gguf.GGMLQuantizationType.F16: gguf.LlamaFileType.MOSTLY_F16,
            gguf.GGMLQuantizationType.Q8_0: gguf.LlamaFileType.MOSTLY_Q8_0,
        }[kind]
    )
    write_shape(writer, shape)
    if routing:
        write_routing(writer, *routing)
    write_tokenizer(writer, *tokenizer)
    for tensor_name, values in tensors.items():
        store(writer, tensor_name, values, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
