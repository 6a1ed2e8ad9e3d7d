// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The same weights as a Hugging Face directory and as a GGUF file give the same module and the same rows. The
// GGUF is made here as converters make it: gpt2's weights turned, the halves of llama's q and k heads
// interleaved.
#include "import/TestFiles.h"
#include "import/families/ImportModel.h"

#include "dialects/nn/Nn.h"
#include "mlir/IR/MLIRContext.h"

#include <map>
#include <random>

using namespace sennit;
using namespace sennit::test;
using namespace mlir;

namespace {

using Floats = std::vector<float>;

/// A model in the making: tensors by Hugging Face name, row-major f32.
struct Weights {
  struct Entry {
    std::vector<int64_t> shape;
    Floats values;
  };
  std::map<std::string, Entry> entries;
  std::mt19937 random{7};

  void add(const std::string &name, std::vector<int64_t> shape) {
    int64_t count = 1;
    for (int64_t dim : shape)
      count *= dim;
    Floats values(count);
    for (float &value : values)
      value = static_cast<float>(random() % 2001) / 1000.0f - 1.0f;
    entries[name] = {std::move(shape), std::move(values)};
  }

  /// Writes config.json and model.safetensors, leaving `cut` out at the start of names.
  void writeHuggingFace(const Folder &folder, const std::string &config, const std::string &cut = "") const {
    std::string header = "{", data;
    for (const auto &[name, entry] : entries) {
      std::string shape, stored = name.substr(name.starts_with(cut) ? cut.size() : 0);
      for (int64_t dim : entry.shape)
        shape += (shape.empty() ? "" : ",") + std::to_string(dim);
      std::string bytes = bytesOf(entry.values);
      header += (header.size() > 1 ? ",\"" : "\"") + stored + R"(":{"dtype":"F32","shape":[)" + shape +
                R"(],"data_offsets":[)" + std::to_string(data.size()) + "," +
                std::to_string(data.size() + bytes.size()) + "]}";
      data += bytes;
    }
    folder.write("config.json", config);
    folder.write("model.safetensors", safetensors(header + "}", data));
  }
};

/// [k, n] -> [n, k].
Weights::Entry turned(const Weights::Entry &entry) {
  int64_t k = entry.shape[0], n = entry.shape[1];
  Weights::Entry result{{n, k}, Floats(entry.values.size())};
  for (int64_t r = 0; r < n; ++r)
    for (int64_t c = 0; c < k; ++c)
      result.values[r * k + c] = entry.values[c * n + r];
  return result;
}

/// Rows (or elements) j * half + i of each head go to 2i + j.
Weights::Entry interleaved(const Weights::Entry &entry, int64_t heads) {
  Weights::Entry result = entry;
  int64_t rows = entry.shape[0], width = static_cast<int64_t>(entry.values.size()) / rows,
          half = rows / heads / 2;
  for (int64_t head = 0; head < heads; ++head)
    for (int64_t j = 0; j < 2; ++j)
      for (int64_t i = 0; i < half; ++i)
        std::copy_n(entry.values.begin() + (head * 2 * half + j * half + i) * width, width,
                    result.values.begin() + (head * 2 * half + 2 * i + j) * width);
  return result;
}

void addTensor(GgufWriter &writer, const std::string &name, const Weights::Entry &entry) {
  std::vector<uint64_t> dims(entry.shape.rbegin(), entry.shape.rend());
  writer.tensor(name, dims, 0, bytesOf(entry.values));
}

/// Imports both and compares module text, parameters and every row.
void expectSame(const std::string &a, const std::string &b) {
  StatusOr<Checkpoint> first = openCheckpoint(a), second = openCheckpoint(b);
  ASSERT_TRUE(first.ok()) << first.status().message();
  ASSERT_TRUE(second.ok()) << second.status().message();
  MLIRContext context;
  StatusOr<ImportedModel> left = importModel(*first, context), right = importModel(*second, context);
  ASSERT_TRUE(left.ok()) << left.status().message();
  ASSERT_TRUE(right.ok()) << right.status().message();
  std::string leftText, rightText;
  llvm::raw_string_ostream(leftText) << *left->module;
  llvm::raw_string_ostream(rightText) << *right->module;
  EXPECT_EQ(leftText, rightText);
  ASSERT_EQ(left->params.size(), right->params.size());
  for (size_t i = 0; i < left->params.size(); ++i) {
    const ParamSource &x = left->params[i], &y = right->params[i];
    ASSERT_EQ(x.rows, y.rows);
    ASSERT_EQ(x.rowBytes(), y.rowBytes());
    std::vector<uint8_t> xBytes(x.rowBytes()), yBytes(y.rowBytes());
    for (int64_t row = 0; row < x.rows; ++row) {
      readRow(*first, x, row, xBytes.data());
      readRow(*second, y, row, yBytes.data());
      ASSERT_EQ(xBytes, yBytes) << x.name << " row " << row;
    }
  }
}

struct LlamaShape {
  int64_t hidden, inner, heads, kvHeads, headDim, layers, vocab;
  bool biases;
};

class LlamaShapes : public testing::TestWithParam<LlamaShape> {};

TEST_P(LlamaShapes, AreTheSameInBothKinds) {
  const LlamaShape &shape = GetParam();
  Weights weights;
  weights.add("model.embed_tokens.weight", {shape.vocab, shape.hidden});
  weights.add("model.norm.weight", {shape.hidden});
  weights.add("lm_head.weight", {shape.vocab, shape.hidden});
  int64_t q = shape.heads * shape.headDim, kv = shape.kvHeads * shape.headDim;
  struct Linear {
    const char *part, *gguf;
    int64_t rows, k, ropeHeads;
  };
  const Linear linears[] = {{"self_attn.q_proj", "attn_q", q, shape.hidden, shape.heads},
                            {"self_attn.k_proj", "attn_k", kv, shape.hidden, shape.kvHeads},
                            {"self_attn.v_proj", "attn_v", kv, shape.hidden, 0},
                            {"self_attn.o_proj", "attn_output", shape.hidden, q, 0},
                            {"mlp.gate_proj", "ffn_gate", shape.inner, shape.hidden, 0},
                            {"mlp.up_proj", "ffn_up", shape.inner, shape.hidden, 0},
                            {"mlp.down_proj", "ffn_down", shape.hidden, shape.inner, 0}};
  GgufWriter writer;
  for (int64_t layer = 0; layer < shape.layers; ++layer) {
    std::string prefix = "model.layers." + std::to_string(layer) + ".",
                blk = "blk." + std::to_string(layer) + ".";
    weights.add(prefix + "input_layernorm.weight", {shape.hidden});
    weights.add(prefix + "post_attention_layernorm.weight", {shape.hidden});
    addTensor(writer, blk + "attn_norm.weight", weights.entries[prefix + "input_layernorm.weight"]);
    addTensor(writer, blk + "ffn_norm.weight", weights.entries[prefix + "post_attention_layernorm.weight"]);
    for (const Linear &linear : linears) {
      weights.add(prefix + linear.part + ".weight", {linear.rows, linear.k});
      if (shape.biases)
        weights.add(prefix + linear.part + ".bias", {linear.rows});
      for (const char *kind : {".weight", ".bias"}) {
        auto found = weights.entries.find(prefix + linear.part + kind);
        if (found != weights.entries.end())
          addTensor(writer, blk + linear.gguf + kind,
                    linear.ropeHeads ? interleaved(found->second, linear.ropeHeads) : found->second);
      }
    }
  }
  addTensor(writer, "token_embd.weight", weights.entries["model.embed_tokens.weight"]);
  addTensor(writer, "output_norm.weight", weights.entries["model.norm.weight"]);
  addTensor(writer, "output.weight", weights.entries["lm_head.weight"]);
  writer.word("general.architecture", "llama");
  writer.number("llama.block_count", shape.layers);
  writer.number("llama.context_length", 77);
  writer.number("llama.embedding_length", shape.hidden);
  writer.number("llama.feed_forward_length", shape.inner);
  writer.number("llama.attention.head_count", shape.heads);
  writer.number("llama.attention.head_count_kv", shape.kvHeads);
  writer.number("llama.attention.key_length", shape.headDim);
  writer.number("llama.attention.value_length", shape.headDim);
  writer.real("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  writer.real("llama.rope.freq_base", 10000.0f);
  writer.word("llama.rope.scaling.type", "linear");
  writer.real("llama.rope.scaling.factor", 2.0f);

  Folder folder;
  auto number = [](int64_t value) { return std::to_string(value); };
  std::string biases = shape.biases ? "true" : "false";
  weights.writeHuggingFace(
      folder, R"({"model_type":"llama","hidden_size":)" + number(shape.hidden) + R"(,"intermediate_size":)" +
                  number(shape.inner) + R"(,"num_attention_heads":)" + number(shape.heads) +
                  R"(,"num_key_value_heads":)" + number(shape.kvHeads) + R"(,"head_dim":)" +
                  number(shape.headDim) + R"(,"num_hidden_layers":)" + number(shape.layers) +
                  R"(,"vocab_size":)" + number(shape.vocab) +
                  R"(,"max_position_embeddings":77,"rms_norm_eps":1e-5,"attention_bias":)" + biases +
                  R"(,"mlp_bias":)" + biases + R"(,"rope_scaling":{"type":"linear","factor":2}})");
  Folder gguf;
  expectSame(folder.path, gguf.write("m.gguf", writer.finish()));
}

INSTANTIATE_TEST_SUITE_P(Odd, LlamaShapes,
                         testing::Values(LlamaShape{33, 17, 1, 1, 2, 1, 5, false},
                                         LlamaShape{80, 1, 2, 1, 40, 1, 17, true},
                                         LlamaShape{31, 47, 6, 3, 10, 2, 100, true}));

/// A gpt2 of 12 columns, 3 heads and 1 layer.
Weights smallGpt2() {
  Weights weights;
  weights.add("transformer.wte.weight", {7, 12});
  weights.add("transformer.wpe.weight", {9, 12});
  for (const char *norm : {"ln_f", "h.0.ln_1", "h.0.ln_2"})
    for (const char *kind : {".weight", ".bias"})
      weights.add(std::string("transformer.") + norm + kind, {12});
  struct Linear {
    const char *part;
    int64_t k, rows;
  };
  for (auto [part, k, rows] : {Linear{"attn.c_attn", 12, 36},
                               {"attn.c_proj", 12, 12},
                               {"mlp.c_fc", 12, 20},
                               {"mlp.c_proj", 20, 12}}) {
    weights.add(std::string("transformer.h.0.") + part + ".weight", {k, rows});
    weights.add(std::string("transformer.h.0.") + part + ".bias", {rows});
  }
  return weights;
}

const std::string gpt2Config = R"({"model_type":"gpt2","n_embd":12,"n_head":3,"n_layer":1,"n_positions":9,)"
                               R"("n_inner":20,"vocab_size":7})";

TEST(Gpt2, IsTheSameInBothKinds) {
  Weights weights = smallGpt2();
  Folder folder, gguf;
  weights.writeHuggingFace(folder, gpt2Config);
  GgufWriter writer;
  const std::pair<const char *, const char *> names[] = {{"token_embd", "wte"},
                                                         {"position_embd", "wpe"},
                                                         {"output_norm", "ln_f"},
                                                         {"blk.0.attn_norm", "h.0.ln_1"},
                                                         {"blk.0.ffn_norm", "h.0.ln_2"},
                                                         {"blk.0.attn_qkv", "h.0.attn.c_attn"},
                                                         {"blk.0.attn_output", "h.0.attn.c_proj"},
                                                         {"blk.0.ffn_up", "h.0.mlp.c_fc"},
                                                         {"blk.0.ffn_down", "h.0.mlp.c_proj"}};
  for (auto [ggufName, name] : names)
    for (const char *kind : {".weight", ".bias"}) {
      auto found = weights.entries.find(std::string("transformer.") + name + kind);
      if (found == weights.entries.end())
        continue;
      bool linear = std::string(name).find(".c_") != std::string::npos && found->second.shape.size() == 2;
      addTensor(writer, std::string(ggufName) + kind, linear ? turned(found->second) : found->second);
    }
  writer.word("general.architecture", "gpt2");
  writer.number("gpt2.block_count", 1);
  writer.number("gpt2.context_length", 9);
  writer.number("gpt2.embedding_length", 12);
  writer.number("gpt2.feed_forward_length", 20);
  writer.number("gpt2.attention.head_count", 3);
  writer.real("gpt2.attention.layer_norm_epsilon", 1e-5f);
  expectSame(folder.path, gguf.write("m.gguf", writer.finish()));
}

TEST(Gpt2, TakesBaseModelsWithTheirMasks) {
  Weights weights = smallGpt2();
  Folder plain, base;
  weights.writeHuggingFace(plain, gpt2Config);
  weights.add("transformer.h.0.attn.bias", {1, 1, 9, 9});
  weights.add("transformer.h.0.attn.masked_bias", {});
  weights.writeHuggingFace(base, gpt2Config, "transformer.");
  expectSame(plain.path, base.path);
}

TEST(Gpt2, RefusesWhatItDoesNotDo) {
  Weights weights = smallGpt2();
  weights.add("transformer.h.0.crossattention.q_attn.weight", {12, 12});
  Folder folder;
  std::string config = gpt2Config;
  config.insert(1, R"("activation_function":"relu","add_cross_attention":true,)");
  weights.writeHuggingFace(folder, config);
  StatusOr<Checkpoint> checkpoint = openCheckpoint(folder.path);
  ASSERT_TRUE(checkpoint.ok());
  MLIRContext context;
  StatusOr<ImportedModel> model = importModel(*checkpoint, context);
  EXPECT_REFUSED(model, "'activation_function': expected one of \"gelu_new\"");
  EXPECT_REFUSED(model, "'add_cross_attention': expected false, found true");
  EXPECT_REFUSED(model, "'transformer.h.0.crossattention.q_attn.weight' (F32 [12, 12]): not expected");
}

/// A GGUF of Llama 3 has its rope scaling as a tensor of divisors.
TEST(LlamaGguf, FoldsRopeFactors) {
  StatusOr<Checkpoint> plain = openCheckpoint(std::string(SENNIT_TEST_DIR) + "/data/gguf/tiny-F32.gguf");
  ASSERT_TRUE(plain.ok());
  GgufWriter writer;
  for (const auto &[key, value] : plain->config.all()) {
    if (const int64_t *number = std::get_if<int64_t>(&value))
      writer.number(key, static_cast<uint32_t>(*number));
    else if (const double *real = std::get_if<double>(&value))
      writer.real(key, static_cast<float>(*real));
    else if (const std::string *word = std::get_if<std::string>(&value))
      writer.word(key, *word);
  }
  for (const TensorInfo &tensor : plain->tensors)
    writer.tensor(tensor.name, std::vector<uint64_t>(tensor.shape.rbegin(), tensor.shape.rend()), 0,
                  plain->files[0].text().substr(tensor.offset, tensor.bytes));
  auto frequencies = [](const Checkpoint &checkpoint) -> StatusOr<Floats> {
    MLIRContext context;
    StatusOr<ImportedModel> model = importModel(checkpoint, context);
    if (!model.ok())
      return model.status();
    Floats result;
    model->module->walk(
        [&](nn::RopeOp op) { result.assign(op.getFrequencies().begin(), op.getFrequencies().end()); });
    return result;
  };
  StatusOr<Floats> before = frequencies(*plain);
  ASSERT_TRUE(before.ok());
  Folder folder;
  auto with = [&](const Floats &factors) -> StatusOr<Floats> {
    GgufWriter copy = writer;
    copy.tensor("rope_freqs.weight", {factors.size()}, 0, bytesOf(factors));
    StatusOr<Checkpoint> checkpoint = openCheckpoint(folder.write("m.gguf", copy.finish()));
    if (!checkpoint.ok())
      return checkpoint.status();
    return frequencies(*checkpoint);
  };
  Floats factors(before->size(), 1.0f);
  factors[3] = 4.0f;
  StatusOr<Floats> after = with(factors);
  ASSERT_TRUE(after.ok()) << after.status().message();
  EXPECT_EQ((*after)[2], (*before)[2]);
  EXPECT_EQ((*after)[3], (*before)[3] / 4);
  factors[5] = 0;
  EXPECT_REFUSED(with(factors), "expected factors above 0, found another at 5");
  factors.pop_back();
  EXPECT_REFUSED(with(factors), "tensor 'rope_freqs.weight' (f32 [15]): expected shape [16]");
}

TEST(LlamaGguf, SaysThatThereAreNoTensors) {
  GgufWriter writer;
  writer.word("general.architecture", "llama");
  writer.number("llama.block_count", 2);
  Folder folder;
  StatusOr<Checkpoint> checkpoint = openCheckpoint(folder.write("m.gguf", writer.finish()));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  MLIRContext context;
  EXPECT_REFUSED(
      importModel(*checkpoint, context),
      "metadata 'llama.block_count': expected no layers, since the checkpoint has no tensors, found 2");
}

TEST(LlamaGguf, RefusesIdsOutsideTheVocabulary) {
  StatusOr<Checkpoint> checkpoint = openCheckpoint(std::string(SENNIT_TEST_DIR) + "/data/gguf/tiny-F32.gguf");
  ASSERT_TRUE(checkpoint.ok());
  MLIRContext context;
  int64_t rows = checkpoint->find("token_embd.weight")->shape[0];
  checkpoint->statedIds = {{"metadata 'a'", {0}}, {"metadata 'b'", {rows - 1}}};
  EXPECT_TRUE(importModel(*checkpoint, context).ok());
  GgufWriter writer;
  writer.word("general.architecture", "llama");
  writer.number("tokenizer.ggml.bos_token_id", static_cast<uint32_t>(rows));
  writer.number("tokenizer.ggml.eom_token_id", 0xffffffffu);
  Folder folder;
  StatusOr<Checkpoint> ids = openCheckpoint(folder.write("m.gguf", writer.finish()));
  ASSERT_TRUE(ids.ok()) << ids.status().message();
  checkpoint->statedIds = ids->statedIds;
  StatusOr<ImportedModel> model = importModel(*checkpoint, context);
  std::string range = "expected a token id from 0 to " + std::to_string(rows - 1) + ", found ";
  EXPECT_REFUSED(model, "metadata 'tokenizer.ggml.bos_token_id': " + range + std::to_string(rows));
  EXPECT_REFUSED(model, "metadata 'tokenizer.ggml.eom_token_id': " + range + "4294967295");
  EXPECT_EQ(model.status().code(), Code::InvalidInput);
}

/// The metadata of a llama of one layer whose tensors all lie about themselves.
TEST(LlamaGguf, ListsTensorsAndKeysThatAreNotKnown) {
  GgufWriter writer;
  writer.word("general.architecture", "llama");
  writer.number("llama.block_count", 1);
  writer.number("llama.context_length", 77);
  writer.number("llama.embedding_length", 256);
  writer.number("llama.feed_forward_length", 256);
  writer.number("llama.attention.head_count", 2);
  writer.real("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  writer.number("llama.expert_count", 8);
  writer.number("llama.rope.dimension_count", 64);
  writer.tensor("token_embd.weight", {256, 3}, 12, std::string(3 * 144, 'k'));
  writer.tensor("output_norm.weight", {256}, 8, std::string(8 * 34, 'q'));
  writer.tensor("blk.0.attn_q.weight", {256, 256}, 14, std::string(256 * 210, 'k'));
  writer.tensor("blk.0.attn_rot_embd.weight", {4}, 0, std::string(16, 'x'));
  writer.tensor("blk.00.attn_k.weight", {4}, 0, std::string(16, 'x'));
  Folder folder;
  StatusOr<Checkpoint> checkpoint = openCheckpoint(folder.write("m.gguf", writer.finish()));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  MLIRContext context;
  StatusOr<ImportedModel> model = importModel(*checkpoint, context);
  EXPECT_REFUSED(model, "metadata 'llama.expert_count' = 8: expected none, it is not known for this family");
  EXPECT_REFUSED(model, "metadata 'llama.rope.dimension_count': expected the head size 128, found 64");
  EXPECT_REFUSED(
      model, "tensor 'token_embd.weight' (q4_k [3, 256]): expected one of f32, f16, bf16, q8_0, q4_0, q4_1");
  EXPECT_REFUSED(model,
                 "tensor 'output_norm.weight' (q8_0 [256]): expected one of f32, f16, bf16 for a vector");
  EXPECT_REFUSED(model, "tensor 'blk.0.attn_q.weight' (q6_k [256, 256]): expected one of");
  EXPECT_REFUSED(model, "tensor 'model.layers.0.self_attn.v_proj.weight' [256, 256]: missing");
  EXPECT_REFUSED(model, "tensor 'blk.0.attn_rot_embd.weight' (f32 [4]): not expected");
  EXPECT_REFUSED(model, "tensor 'blk.00.attn_k.weight' (f32 [4]): not expected");
}

} // namespace
