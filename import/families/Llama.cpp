// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Llama and models of its shape (SmolLM, TinyLlama, ...): RMS norm, rotary positions, grouped keys, gated
// SiLU.
#include "import/families/ModelBuilder.h"
#include "import/families/Rope.h"

#include <cmath>

using namespace sennit;
using namespace mlir;

namespace {

constexpr Renaming ggufKeys[] = {
    {"block_count", "num_hidden_layers"},
    {"context_length", "max_position_embeddings"},
    {"embedding_length", "hidden_size"},
    {"feed_forward_length", "intermediate_size"},
    {"attention.head_count", "num_attention_heads"},
    {"attention.head_count_kv", "num_key_value_heads"},
    {"attention.key_length", "head_dim"},
    {"attention.value_length", "value_dim"},
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps"},
    {"vocab_size", "vocab_size"},
    {"rope.freq_base", "rope_theta"},
    {"rope.dimension_count", "rope_dim"},
    {"rope.scaling.type", "rope_scaling.rope_type"},
    {"rope.scaling.factor", "rope_scaling.factor"},
    {"rope.scaling.original_context_length", "rope_scaling.original_max_position_embeddings"},
    {"rope.scaling.finetuned", ""},
    {"tensor_data_layout", ""},
};

constexpr Renaming ggufTensors[] = {
    {"token_embd", "model.embed_tokens"},
    {"output_norm", "model.norm"},
    {"output", "lm_head"},
    {"rope_freqs", "rope_freqs"},
    {"blk.{}.attn_norm", "model.layers.{}.input_layernorm"},
    {"blk.{}.attn_q", "model.layers.{}.self_attn.q_proj"},
    {"blk.{}.attn_k", "model.layers.{}.self_attn.k_proj"},
    {"blk.{}.attn_v", "model.layers.{}.self_attn.v_proj"},
    {"blk.{}.attn_output", "model.layers.{}.self_attn.o_proj"},
    {"blk.{}.ffn_norm", "model.layers.{}.post_attention_layernorm"},
    {"blk.{}.ffn_gate", "model.layers.{}.mlp.gate_proj"},
    {"blk.{}.ffn_up", "model.layers.{}.mlp.up_proj"},
    {"blk.{}.ffn_down", "model.layers.{}.mlp.down_proj"},
};

const std::string embedName = "model.embed_tokens.weight";
const std::string headName = "lm_head.weight";
const std::string ropeFactorsName = "rope_freqs.weight";

/// The sizes and switches of one model.
struct Llama {
  ModelShape shape;
  int64_t heads = 0, intermediate = 0;
  float eps = 0;
  bool tied = false, attentionBias = false, outputBias = false, mlpBias = false;
  RopeConfig rope;
};

/// Biases: config.json says whether there are any; a GGUF shows it by having them.
bool hasBias(ModelBuilder &builder, const char *key, const std::string &name) {
  return builder.isGguf() ? builder.has("model.layers.0." + name + ".bias") : builder.config.flag(key, false);
}

Llama readLlama(ModelBuilder &builder) {
  FamilyConfig &config = builder.config;
  Llama llama;
  ModelShape &shape = llama.shape;
  int64_t embeddings = builder.rowsOf(embedName);
  shape.vocabSize = config.count("vocab_size", builder.isGguf() ? std::optional(embeddings) : std::nullopt);
  shape.hiddenSize = config.count("hidden_size");
  shape.layers = builder.layers("num_hidden_layers");
  shape.contextLength = config.count("max_position_embeddings", 2048);
  llama.intermediate = config.count("intermediate_size");
  llama.heads = config.count("num_attention_heads", std::nullopt, 1 << 16);
  shape.kvHeads = config.count("num_key_value_heads", llama.heads, 1 << 16);
  shape.headDim = config.count("head_dim", shape.hiddenSize / llama.heads, 1 << 16);
  llama.eps = static_cast<float>(
      config.positive("rms_norm_eps", builder.isGguf() ? std::nullopt : std::optional(1e-6)));
  llama.rope = readRopeConfig(config);
  llama.tied = builder.isGguf() ? !builder.has(headName) : config.flag("tie_word_embeddings", false);
  llama.attentionBias = hasBias(builder, "attention_bias", "self_attn.q_proj");
  llama.outputBias = hasBias(builder, "attention_bias", "self_attn.o_proj");
  llama.mlpBias = hasBias(builder, "mlp_bias", "mlp.up_proj");
  if (config.unusable())
    return llama;

  if (shape.headDim % 2)
    config.refuse("head_dim", "an even number");
  if (llama.heads % shape.kvHeads)
    config.refuse("num_key_value_heads", "a divisor of " + std::to_string(llama.heads) + " heads");
  if (config.word("hidden_act", "silu") != "silu")
    config.refuse("hidden_act", "\"silu\"");
  if (config.hasGroup("quantization_config"))
    config.refuse("quantization_config", "none");
  for (const char *key : {"value_dim", "rope_dim"})
    if (config.count(key, shape.headDim) != shape.headDim)
      config.refuse(key, "the head size " + std::to_string(shape.headDim));
  return llama;
}

/// The frequencies. A GGUF of Llama 3 has the scaling as a divisor for each.
std::vector<float> readFrequencies(ModelBuilder &builder, const Llama &llama) {
  std::vector<float> frequencies = ropeFrequencies(llama.rope, llama.shape.headDim);
  if (!builder.isGguf() || !builder.has(ropeFactorsName))
    return frequencies;
  std::vector<float> factors = builder.constant(ropeFactorsName, static_cast<int64_t>(frequencies.size()));
  for (size_t i = 0; i < factors.size(); ++i) {
    if (!(std::isfinite(factors[i]) && factors[i] > 0)) {
      builder.problem("tensor '" + ropeFactorsName + "': expected factors above 0, found another at " +
                      std::to_string(i));
      break;
    }
    frequencies[i] /= factors[i];
  }
  return frequencies;
}

/// Builds one layer after another on the residual stream.
class Layers {
public:
  Layers(ModelBuilder &builder, const Llama &llama)
      : builder(builder), llama(llama), frequencies(readFrequencies(builder, llama)) {}

  /// x: ?x hidden -> ?x hidden; replaces the layer's cache.
  Value build(int64_t layer, Value x, Value &cache) {
    label = "layers." + std::to_string(layer) + ".";
    for (const char *buffer :
         {"self_attn.rotary_emb.inv_freq"}) // old checkpoints store what follows from the config
      builder.ignore("model." + label + buffer);
    Value attended = attention(norm(x, "input_layernorm"), cache);
    Value middle =
        nn::AddOp::create(builder.ir, builder.at(label + "attn_residual"), attended.getType(), x, attended);
    Value fed = feedForward(norm(middle, "post_attention_layernorm"));
    return nn::AddOp::create(builder.ir, builder.at(label + "mlp_residual"), fed.getType(), middle, fed);
  }

private:
  Value norm(Value x, const std::string &name) {
    Value weight = builder.vector("model." + label + name + ".weight", llama.shape.hiddenSize);
    return nn::RmsNormOp::create(builder.ir, builder.at(label + name), x, weight, llama.eps);
  }

  /// `part` is "self_attn.q_proj" or the like; its last word names the op.
  Value linear(Value x, const std::string &part, int64_t rows, bool bias, int64_t ropeHeads = 0) {
    std::string name = "model." + label + part;
    int64_t k = cast<RankedTensorType>(x.getType()).getDimSize(1);
    ParamSpec weight{.tensor = name + ".weight", .rows = rows, .k = k, .ropeHeads = ropeHeads};
    ParamSpec offset{.tensor = name + ".bias", .k = rows, .ropeHeads = ropeHeads};
    Value w = builder.param(weight);
    Value b = bias ? builder.param(offset) : Value();
    return nn::LinearOp::create(builder.ir, builder.at(label + part.substr(part.find('.') + 1)), x, w, b);
  }

  Value rope(Value x, const std::string &name, int64_t heads) {
    return nn::RopeOp::create(builder.ir, builder.at(label + name), x, builder.positions(), heads,
                              llama.shape.headDim, frequencies);
  }

  Value attention(Value x, Value &cache) {
    int64_t heads = llama.heads, kvHeads = llama.shape.kvHeads, headDim = llama.shape.headDim;
    bool permuted = builder.isGguf();
    Value q = linear(x, "self_attn.q_proj", heads * headDim, llama.attentionBias, permuted ? heads : 0);
    Value k = linear(x, "self_attn.k_proj", kvHeads * headDim, llama.attentionBias, permuted ? kvHeads : 0);
    Value v = linear(x, "self_attn.v_proj", kvHeads * headDim, llama.attentionBias);
    q = rope(q, "q_rope", heads);
    k = rope(k, "k_rope", kvHeads);
    cache = nn::CacheAppendOp::create(builder.ir, builder.at(label + "cache"), cache, k, v, builder.batch());
    auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(headDim)));
    Value o = builder.attention(label + "attention", q, cache, heads, scale);
    return linear(o, "self_attn.o_proj", llama.shape.hiddenSize, llama.outputBias);
  }

  Value feedForward(Value x) {
    Value gate = linear(x, "mlp.gate_proj", llama.intermediate, llama.mlpBias);
    Value up = linear(x, "mlp.up_proj", llama.intermediate, llama.mlpBias);
    Value active = nn::SiluOp::create(builder.ir, builder.at(label + "silu"), gate.getType(), gate);
    Value product = nn::MulOp::create(builder.ir, builder.at(label + "gated"), up.getType(), active, up);
    return linear(product, "mlp.down_proj", llama.shape.hiddenSize, llama.mlpBias);
  }

  ModelBuilder &builder;
  const Llama &llama;
  std::vector<float> frequencies;
  std::string label; ///< "layers.0."
};

void buildLlama(ModelBuilder &builder) {
  Llama llama = readLlama(builder);
  if (builder.config.unusable())
    return;
  const ModelShape &shape = llama.shape;
  // IR of these would not be valid; the rest of the checkpoint is looked at once this is right.
  if (shape.headDim % 2 || llama.heads % shape.kvHeads)
    return;
  builder.begin(shape);
  OpBuilder &ir = builder.ir;
  Value embedding = builder.matrix(embedName, shape.vocabSize, shape.hiddenSize);
  Value x = nn::EmbedOp::create(ir, builder.at("embed_tokens"), builder.tokens(), embedding);
  Layers layers(builder, llama);
  std::vector<Value> caches;
  for (int64_t i = 0; i < shape.layers; ++i) {
    Value cache = builder.cache(i);
    x = layers.build(i, x, cache);
    caches.push_back(cache);
  }
  // Only wanted rows reach the head.
  x = nn::GatherRowsOp::create(ir, builder.at("wanted_rows"), x, builder.wanted());
  Value normWeight = builder.vector("model.norm.weight", shape.hiddenSize);
  x = nn::RmsNormOp::create(ir, builder.at("norm"), x, normWeight, llama.eps);
  if (llama.tied)
    builder.ignore(headName);
  Value head = llama.tied ? embedding : builder.matrix(headName, shape.vocabSize, shape.hiddenSize);
  builder.finish(nn::LinearOp::create(ir, builder.at("lm_head"), x, head), caches);
}

} // namespace

namespace sennit {
extern const Family llamaFamily;
const Family llamaFamily = {"llama", "model.", ggufKeys, ggufTensors, buildLlama};
} // namespace sennit
