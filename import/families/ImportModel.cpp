// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "import/families/ImportModel.h"

#include "import/TensorPlaces.h"
#include "import/families/Family.h"
#include "import/families/ModelBuilder.h"

#include <map>
#include <set>

using namespace sennit;
using namespace mlir;

StatusOr<ImportedModel> sennit::importModel(const Checkpoint &checkpoint, MLIRContext &context,
                                            const ImportOptions &options) {
  const Family *family = findFamily(checkpoint.family);
  if (!family)
    return unsupported(checkpoint.path + ": expected one of the families " + familyNames() + ", found '" +
                       checkpoint.family + "'");
  ModelBuilder builder(checkpoint, *family, context, options);
  family->build(builder);
  return builder.take();
}

double sennit::countParameters(ModuleOp module) {
  std::set<StringRef> counted;
  double elements = 0;
  module.walk([&](nn::ParamOp op) {
    auto type = cast<nn::WeightType>(op.getWeight().getType());
    if (counted.insert(op.getParamName()).second)
      elements += static_cast<double>(type.getRows()) * static_cast<double>(type.getK());
  });
  return elements;
}

StatusOr<std::vector<ParamSource>> sennit::bindParams(ModuleOp module, const Checkpoint &checkpoint) {
  std::vector<ParamSource> params;
  std::map<std::string, nn::WeightType> typeByName;
  std::string problems;
  auto problem = [&](const std::string &text) { problems += (problems.empty() ? "" : "; ") + text; };
  module.walk([&](nn::ParamOp op) {
    std::string name = op.getParamName().str();
    auto type = cast<nn::WeightType>(op.getWeight().getType());
    auto [known, fresh] = typeByName.emplace(name, type);
    if (!fresh) {
      if (known->second != type)
        problem("parameter '" + name + "': expected one type in the whole module, found two");
      return;
    }
    std::vector<int64_t> shape(type.getShape().begin(), type.getShape().end());
    std::string wanted = "parameter '" + name + "' (" + stringifyFormat(type.getFormat()).str() + " " +
                         describeShape(shape) + ")";
    const TensorInfo *tensor = checkpoint.find(name);
    if (!tensor)
      return problem(wanted + ": no such tensor");
    if (!tensor->supported || static_cast<Format>(tensor->format) != type.getFormat() ||
        tensor->shape != shape)
      return problem(wanted + ": found " + tensor->typeName + " " + describeShape(tensor->shape));
    ParamSource source;
    source.name = name;
    source.format = tensor->format;
    source.rows = type.getRows();
    source.k = type.getK();
    source.vector = type.isVector();
    source.tensor = static_cast<size_t>(tensor - checkpoint.tensors.data());
    if (Status status = checkSource(checkpoint, source); !status.ok())
      return problem(status.message());
    params.push_back(std::move(source));
  });
  if (!problems.empty())
    return invalidInput(checkpoint.path + ": expected the tensors of the module's parameters: " + problems);
  return params;
}
