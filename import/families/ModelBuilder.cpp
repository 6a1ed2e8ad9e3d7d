// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/families/ModelBuilder.h"

#include "import/TensorPlaces.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"

#include <cstring>

using namespace sennit;
using namespace mlir;

/// The Hugging Face name of a GGUF tensor, or "" where the family has none.
static std::string huggingFaceName(const Family &family, llvm::StringRef gguf) {
  auto [stem, suffix] = gguf.rsplit('.');
  if (suffix != "weight" && suffix != "bias")
    return "";
  // The layer is the one component that is a number, written without leading zeros.
  std::string pattern, layer;
  for (llvm::StringRef part : llvm::split(stem, '.')) {
    bool isNumber = layer.empty() && !part.empty() && llvm::all_of(part, llvm::isDigit) &&
                    (part.size() == 1 || part[0] != '0');
    if (isNumber)
      layer = part.str();
    pattern += (pattern.empty() ? "" : ".") + (isNumber ? "{}" : part.str());
  }
  for (const Renaming &renaming : family.ggufTensors) {
    if (renaming.gguf != pattern)
      continue;
    auto [before, after] = renaming.huggingFace.split("{}");
    return (before + layer + after + "." + suffix).str();
  }
  return "";
}

ModelBuilder::ModelBuilder(const Checkpoint &checkpoint, const Family &family, MLIRContext &context,
                           const ImportOptions &options)
    : config(checkpoint, family), ir(&context), checkpoint(checkpoint), family(family), options(options),
      used(checkpoint.tensors.size(), false) {
  context.loadDialect<nn::NnDialect, func::FuncDialect>();
  if (checkpoint.configOnly)
    configFormat = config.parameterFormat();
  // Full names first: a tensor that also appears without the prefix is then left over and reported.
  for (size_t i = 0; i < checkpoint.tensors.size(); ++i) {
    const std::string &name = checkpoint.tensors[i].name;
    std::string known = isGguf() ? huggingFaceName(family, name) : name;
    if (!known.empty())
      tensorByName.emplace(std::move(known), i);
  }
  if (!isGguf())
    for (size_t i = 0; i < checkpoint.tensors.size(); ++i)
      tensorByName.emplace(family.prefix.str() + checkpoint.tensors[i].name, i);
}

int64_t ModelBuilder::rowsOf(const std::string &name) const {
  auto found = tensorByName.find(name);
  if (found == tensorByName.end() || checkpoint.tensors[found->second].shape.empty())
    return 0;
  return checkpoint.tensors[found->second].shape.front();
}

void ModelBuilder::begin(const ModelShape &shape) {
  MLIRContext *context = ir.getContext();
  Location unknown = at("step");
  vocabSize = shape.vocabSize;
  module = ModuleOp::create(ir, at(family.name));
  auto number = [&](int64_t value) { return ir.getI64IntegerAttr(value); };
  int64_t contextLength = shape.contextLength;
  if (options.maxContext > 0)
    contextLength = std::min(contextLength, options.maxContext);
  module.get()->setAttr("nn.model", ir.getDictionaryAttr({
                                        ir.getNamedAttr("family", ir.getStringAttr(family.name)),
                                        ir.getNamedAttr("vocab_size", number(shape.vocabSize)),
                                        ir.getNamedAttr("context_length", number(contextLength)),
                                        ir.getNamedAttr("layers", number(shape.layers)),
                                        ir.getNamedAttr("hidden_size", number(shape.hiddenSize)),
                                        ir.getNamedAttr("kv_heads", number(shape.kvHeads)),
                                        ir.getNamedAttr("head_dim", number(shape.headDim)),
                                    }));
  auto cacheType = nn::CacheType::get(context, shape.kvHeads, shape.headDim);
  RankedTensorType indices = nn::indicesType(context);
  SmallVector<Type> inputs = {indices, indices, indices, nn::BatchType::get(context)};
  inputs.append(shape.layers, cacheType);
  SmallVector<Type> results = {nn::activationType(context, shape.vocabSize)};
  results.append(shape.layers, cacheType);
  ir.setInsertionPointToEnd(module->getBody());
  auto step = func::FuncOp::create(ir, unknown, "step", ir.getFunctionType(inputs, results));
  entry = step.addEntryBlock();
  const char *const names[] = {"tokens", "positions", "wanted", "batch"};
  for (BlockArgument argument : entry->getArguments()) {
    unsigned index = argument.getArgNumber();
    argument.setLoc(index < 4 ? at(names[index]) : at("cache" + Twine(index - 4)));
  }
  ir.setInsertionPointToEnd(entry);
}

Value ModelBuilder::argument(int64_t index) const {
  return entry->getArgument(index);
}

Location ModelBuilder::at(const Twine &name) {
  return NameLoc::get(ir.getStringAttr(name));
}

std::string ModelBuilder::describe(const TensorInfo &tensor) const {
  return "tensor '" + tensor.name + "' (" + tensor.typeName + " " + describeShape(tensor.shape) + ")";
}

const TensorInfo *ModelBuilder::want(const std::string &name, const std::vector<int64_t> &shape,
                                     bool needed) {
  auto found = tensorByName.find(name);
  if (found == tensorByName.end()) {
    if (needed)
      problems.push_back("tensor '" + name + "' " + describeShape(shape) + ": missing");
    return nullptr;
  }
  const TensorInfo &tensor = checkpoint.tensors[found->second];
  used[found->second] = true;
  if (tensor.shape != shape)
    problems.push_back(describe(tensor) + ": expected shape " + describeShape(shape));
  else if (!tensor.supported)
    problems.push_back(describe(tensor) + ": expected one of f32, f16, bf16, q8_0, q4_0, q4_1");
  else if (shape.size() == 1 && blockElements(tensor.format) != 1)
    problems.push_back(describe(tensor) + ": expected one of f32, f16, bf16 for a vector");
  else
    return &tensor;
  return nullptr;
}

Value ModelBuilder::param(const ParamSpec &spec) {
  ParamSource source;
  source.name = spec.param.empty() ? spec.tensor : spec.param;
  if (auto known = paramByName.find(source.name); known != paramByName.end())
    return known->second;
  source.vector = spec.rows == 0;
  source.rows = source.vector ? 1 : spec.rows;
  source.k = spec.k;
  source.transposed = spec.transposed;
  (source.vector ? source.columnBegin : source.rowBegin) = spec.begin;
  source.ropeHeads = spec.ropeHeads;
  int64_t stored = spec.stored ? spec.stored : source.vector ? spec.k : spec.rows;
  std::vector<int64_t> shape = {stored};
  if (!source.vector)
    shape = spec.transposed ? std::vector<int64_t>{spec.k, stored} : std::vector<int64_t>{stored, spec.k};
  if (checkpoint.configOnly) {
    source.format = configFormat;
  } else if (const TensorInfo *tensor = want(spec.tensor, shape, true)) {
    source.tensor = static_cast<size_t>(tensor - checkpoint.tensors.data());
    source.format = tensor->format;
    if (Status status = checkSource(checkpoint, source); !status.ok())
      problems.push_back(describe(*tensor) + ": " + status.message());
  }
  auto format = static_cast<Format>(source.format);
  SmallVector<int64_t> dimensions = {source.k};
  if (!source.vector)
    dimensions.insert(dimensions.begin(), source.rows);
  // Where the tensor did not fit, the type may be refused; f32 never is.
  auto type = nn::WeightType::get(ir.getContext(), dimensions, format);
  Value value = nn::ParamOp::create(ir, at(source.name), type, source.name);
  paramByName[source.name] = value;
  if (!checkpoint.configOnly)
    params.push_back(std::move(source));
  return value;
}

Value ModelBuilder::attention(const std::string &name, Value q, Value cache, int64_t heads, float scale) {
  Value generated = nn::AttentionOp::create(ir, at(name + ".generated"), nn::Role::Generated, q, cache,
                                            batch(), positions(), Value(), heads, scale);
  return nn::AttentionOp::create(ir, at(name + ".prompt"), nn::Role::Prompt, q, cache, batch(), positions(),
                                 generated, heads, scale);
}

std::vector<float> ModelBuilder::constant(const std::string &name, int64_t length) {
  const TensorInfo *tensor = want(name, {length}, true);
  if (!tensor)
    return {};
  if (tensor->format != schema::Format::F32) {
    problems.push_back(describe(*tensor) + ": expected f32");
    return {};
  }
  std::vector<float> values(length);
  std::memcpy(values.data(), checkpoint.files[tensor->file].bytes().data() + tensor->offset, tensor->bytes);
  return values;
}

void ModelBuilder::ignore(const std::string &name) {
  if (auto found = tensorByName.find(name); found != tensorByName.end())
    used[found->second] = true;
}

void ModelBuilder::finish(Value logits, ValueRange caches) {
  SmallVector<Value> results = {logits};
  results.append(caches.begin(), caches.end());
  func::ReturnOp::create(ir, at("step"), results);
}

/// The keys for begin and end ids that the vocabulary does not have, each with its first such id.
std::vector<std::string> ModelBuilder::idProblems() const {
  std::vector<std::string> found;
  for (const TokenIds &stated : checkpoint.statedIds)
    for (int64_t id : stated.ids)
      if (id < 0 || id >= vocabSize) {
        found.push_back(stated.place + ": expected a token id from 0 to " + std::to_string(vocabSize - 1) +
                        ", found " + std::to_string(id));
        break;
      }
  return found;
}

StatusOr<ImportedModel> ModelBuilder::take() {
  std::vector<std::string> all = config.problems();
  all.insert(all.end(), problems.begin(), problems.end());
  // Without a module nothing was asked for, so nothing is left over either.
  if (module)
    for (size_t i = 0; i < used.size(); ++i)
      if (!used[i])
        all.push_back(describe(checkpoint.tensors[i]) + ": not expected");
  // These are mistakes in the files, the others may be things that the family does not do.
  bool onlyIds = all.empty();
  if (module)
    llvm::append_range(all, idProblems());
  if (!all.empty()) {
    std::string list;
    for (const std::string &text : all)
      list += (list.empty() ? "" : "; ") + text;
    std::string text = checkpoint.path + ": cannot be imported as " + family.name.str() + ": " + list;
    return onlyIds ? invalidInput(text) : unsupported(text);
  }
  if (failed(verify(*module)))
    return internalError(checkpoint.path + ": the importer of " + family.name.str() +
                         " made a module that is not valid");
  return ImportedModel{std::move(module), std::move(params)};
}
