// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// GPT-2: layer norm, learned positions, one projection for q, k and v, weights stored as [K, N] by Hugging
// Face.
#include "import/families/ModelBuilder.h"

#include <cmath>

using namespace sennit;
using namespace mlir;

namespace {

constexpr Renaming ggufKeys[] = {
    {"block_count", "n_layer"},         {"context_length", "n_positions"},
    {"embedding_length", "n_embd"},     {"feed_forward_length", "n_inner"},
    {"attention.head_count", "n_head"}, {"attention.layer_norm_epsilon", "layer_norm_epsilon"},
    {"vocab_size", "vocab_size"},
};

constexpr Renaming ggufTensors[] = {
    {"token_embd", "transformer.wte"},
    {"position_embd", "transformer.wpe"},
    {"output_norm", "transformer.ln_f"},
    {"output", "lm_head"},
    {"blk.{}.attn_norm", "transformer.h.{}.ln_1"},
    {"blk.{}.attn_qkv", "transformer.h.{}.attn.c_attn"},
    {"blk.{}.attn_output", "transformer.h.{}.attn.c_proj"},
    {"blk.{}.ffn_norm", "transformer.h.{}.ln_2"},
    {"blk.{}.ffn_up", "transformer.h.{}.mlp.c_fc"},
    {"blk.{}.ffn_down", "transformer.h.{}.mlp.c_proj"},
};

const std::string embedName = "transformer.wte.weight";
const std::string headName = "lm_head.weight";

/// The sizes and switches of one model.
struct Gpt2 {
  ModelShape shape;
  int64_t heads = 0, inner = 0;
  float eps = 0;
  bool tied = true, scaled = true, scaledByLayer = false;
  nn::GeluApproximation gelu = nn::GeluApproximation::Tanh;
};

Gpt2 readGpt2(ModelBuilder &builder) {
  FamilyConfig &config = builder.config;
  Gpt2 gpt2;
  ModelShape &shape = gpt2.shape;
  int64_t embeddings = builder.rowsOf(embedName);
  shape.vocabSize = config.count("vocab_size", builder.isGguf() ? std::optional(embeddings) : std::nullopt);
  shape.hiddenSize = config.count("n_embd");
  shape.layers = builder.layers("n_layer");
  shape.contextLength =
      config.count("n_positions", builder.isGguf() ? std::nullopt : std::optional<int64_t>(1024));
  gpt2.heads = config.count("n_head", std::nullopt, 1 << 16);
  gpt2.inner = config.count("n_inner", 4 * shape.hiddenSize, 0x7fffffffLL * 4);
  gpt2.eps = static_cast<float>(
      config.positive("layer_norm_epsilon", builder.isGguf() ? std::nullopt : std::optional(1e-5)));
  gpt2.tied = builder.isGguf() ? !builder.has(headName) : config.flag("tie_word_embeddings", true);
  gpt2.scaled = config.flag("scale_attn_weights", true);
  gpt2.scaledByLayer = config.flag("scale_attn_by_inverse_layer_idx", false);
  if (config.unusable())
    return gpt2;

  shape.kvHeads = gpt2.heads;
  shape.headDim = shape.hiddenSize / gpt2.heads;
  if (shape.hiddenSize % gpt2.heads)
    config.refuse("n_head", "a divisor of n_embd, " + std::to_string(shape.hiddenSize));
  std::string activation = config.word("activation_function", "gelu_new");
  if (activation == "gelu")
    gpt2.gelu = nn::GeluApproximation::None;
  else if (activation != "gelu_new" && activation != "gelu_pytorch_tanh")
    config.refuse("activation_function", "one of \"gelu_new\", \"gelu_pytorch_tanh\", \"gelu\"");
  if (config.flag("add_cross_attention", false))
    config.refuse("add_cross_attention", "false");
  if (config.hasGroup("quantization_config"))
    config.refuse("quantization_config", "none");
  return gpt2;
}

/// Builds one layer after another on the residual stream.
class Layers {
public:
  Layers(ModelBuilder &builder, const Gpt2 &gpt2) : builder(builder), gpt2(gpt2) {}

  /// x: ?x hidden -> ?x hidden; replaces the layer's cache.
  Value build(int64_t layer, Value x, Value &cache) {
    label = "h." + std::to_string(layer) + ".";
    for (const char *mask : {"attn.bias", "attn.masked_bias"}) // the causal mask, stored by old checkpoints
      builder.ignore("transformer." + label + mask);
    Value attended = attention(layer, norm(x, label + "ln_1"), cache);
    Value middle =
        nn::AddOp::create(builder.ir, builder.at(label + "attn_residual"), attended.getType(), x, attended);
    Value fed = feedForward(norm(middle, label + "ln_2"));
    return nn::AddOp::create(builder.ir, builder.at(label + "mlp_residual"), fed.getType(), middle, fed);
  }

  Value norm(Value x, const std::string &name) {
    Value weight = builder.vector("transformer." + name + ".weight", gpt2.shape.hiddenSize);
    Value bias = builder.vector("transformer." + name + ".bias", gpt2.shape.hiddenSize);
    return nn::LayerNormOp::create(builder.ir, builder.at(name), x, weight, bias, gpt2.eps);
  }

private:
  /// Rows [begin, begin + rows) of the stored projection `part`, named `part` + `suffix`.
  Value linear(Value x, const std::string &part, int64_t rows, const std::string &suffix = "",
               int64_t begin = 0, int64_t stored = 0) {
    std::string tensor = "transformer." + label + part, param = tensor + suffix;
    int64_t k = cast<RankedTensorType>(x.getType()).getDimSize(1);
    Value weight = builder.param({.tensor = tensor + ".weight",
                                  .rows = rows,
                                  .k = k,
                                  .param = param + ".weight",
                                  .transposed = !builder.isGguf(),
                                  .begin = begin,
                                  .stored = stored});
    Value bias = builder.param(
        {.tensor = tensor + ".bias", .k = rows, .param = param + ".bias", .begin = begin, .stored = stored});
    return nn::LinearOp::create(builder.ir, builder.at(label + part + suffix), x, weight, bias);
  }

  Value attention(int64_t layer, Value x, Value &cache) {
    int64_t hidden = gpt2.shape.hiddenSize;
    Value q = linear(x, "attn.c_attn", hidden, ".q", 0, 3 * hidden);
    Value k = linear(x, "attn.c_attn", hidden, ".k", hidden, 3 * hidden);
    Value v = linear(x, "attn.c_attn", hidden, ".v", 2 * hidden, 3 * hidden);
    cache = nn::CacheAppendOp::create(builder.ir, builder.at(label + "cache"), cache, k, v, builder.batch());
    double scale = gpt2.scaled ? 1.0 / std::sqrt(static_cast<double>(gpt2.shape.headDim)) : 1.0;
    if (gpt2.scaledByLayer)
      scale /= static_cast<double>(layer + 1);
    Value o = builder.attention(label + "attention", q, cache, gpt2.heads, static_cast<float>(scale));
    return linear(o, "attn.c_proj", hidden);
  }

  Value feedForward(Value x) {
    Value wide = linear(x, "mlp.c_fc", gpt2.inner);
    auto kind = nn::GeluApproximationAttr::get(builder.ir.getContext(), gpt2.gelu);
    Value active = nn::GeluOp::create(builder.ir, builder.at(label + "gelu"), wide.getType(), kind, wide);
    return linear(active, "mlp.c_proj", gpt2.shape.hiddenSize);
  }

  ModelBuilder &builder;
  const Gpt2 &gpt2;
  std::string label; ///< "h.0."
};

void buildGpt2(ModelBuilder &builder) {
  Gpt2 gpt2 = readGpt2(builder);
  if (builder.config.unusable())
    return;
  const ModelShape &shape = gpt2.shape;
  // IR of these would not be valid; the rest of the checkpoint is looked at once this is right.
  if (shape.headDim == 0 || shape.hiddenSize % gpt2.heads)
    return;
  builder.begin(shape);
  OpBuilder &ir = builder.ir;
  Value embedding = builder.matrix(embedName, shape.vocabSize, shape.hiddenSize);
  Value places = builder.matrix("transformer.wpe.weight", shape.contextLength, shape.hiddenSize);
  Value words = nn::EmbedOp::create(ir, builder.at("wte"), builder.tokens(), embedding);
  Value positions = nn::EmbedOp::create(ir, builder.at("wpe"), builder.positions(), places);
  Value x = nn::AddOp::create(ir, builder.at("embedding"), words.getType(), words, positions);
  Layers layers(builder, gpt2);
  std::vector<Value> caches;
  for (int64_t i = 0; i < shape.layers; ++i) {
    Value cache = builder.cache(i);
    x = layers.build(i, x, cache);
    caches.push_back(cache);
  }
  // Only wanted rows reach the head.
  x = nn::GatherRowsOp::create(ir, builder.at("wanted_rows"), x, builder.wanted());
  x = layers.norm(x, "ln_f");
  if (gpt2.tied)
    builder.ignore(headName);
  Value head = gpt2.tied ? embedding : builder.matrix(headName, shape.vocabSize, shape.hiddenSize);
  builder.finish(nn::LinearOp::create(ir, builder.at("lm_head"), x, head), caches);
}

} // namespace

namespace sennit {
extern const Family gpt2Family;
const Family gpt2Family = {"gpt2", "transformer.", ggufKeys, ggufTensors, buildGpt2};
} // namespace sennit
