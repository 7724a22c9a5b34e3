"""A tokenizer of a few words and language models of a few weights, made in memory: nothing is downloaded."""

import random

from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

WORDS = [f"w{i}" for i in range(60)]
SPECIAL = ["[PAD]", "[EOS]", "[UNK]"]
VOCABULARY = len(SPECIAL) + len(WORDS)

CHAT = "{% for m in messages %}{{ m['content'] }} {% endfor %}"


def tokenizer():
    words = Tokenizer(models.WordLevel({w: i for i, w in enumerate(SPECIAL + WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", eos_token="[EOS]", unk_token="[UNK]", padding_side="right"
    )
    fast.chat_template = CHAT
    return fast


def llama_config():
    return LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=1,
    )


def llama(attention="sdpa"):
    return LlamaForCausalLM._from_config(llama_config(), attn_implementation=attention)


def gpt2(attention="sdpa"):
    config = GPT2Config(
        vocab_size=VOCABULARY, n_positions=64, n_embd=32, n_layer=3, n_head=4, bos_token_id=1, eos_token_id=1
    )
    return GPT2LMHeadModel._from_config(config, attn_implementation=attention)


def sentences(count, length=8, seed=0):
    rng = random.Random(seed)
    return [" ".join(rng.choice(WORDS) for _ in range(length)) for _ in range(count)]
