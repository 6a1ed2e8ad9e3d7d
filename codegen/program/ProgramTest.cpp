// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "codegen/program/ReadProgram.h"
#include "codegen/program/WriteProgram.h"

#include "mlir/Parser/Parser.h"

#include <functional>
#include <gtest/gtest.h>

using namespace sennit;
using namespace mlir;

namespace {

class ProgramTest : public testing::Test {
protected:
  ProgramTest() { context.loadDialect<exec::ExecDialect>(); }

  /// The package of the dialect's own round trip test, which uses every op and field.
  OwningOpRef<ModuleOp> parse() {
    return parseSourceFile<ModuleOp>(SENNIT_TEST_DIR "/dialects/exec/ops.mlir", ParserConfig(&context));
  }

  static exec::PackageOp packageOf(ModuleOp module) { return *module.getOps<exec::PackageOp>().begin(); }

  static std::string textOf(ModuleOp module) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    module.print(stream);
    return text;
  }

  static std::string bytesOf(const schema::PackageT &package) {
    flatbuffers::FlatBufferBuilder builder;
    schema::FinishPackageBuffer(builder, schema::Package::Pack(builder, &package));
    return {reinterpret_cast<const char *>(builder.GetBufferPointer()), builder.GetSize()};
  }

  /// The tables of that package.
  schema::PackageT tables() {
    OwningOpRef<ModuleOp> module = parse();
    StatusOr<schema::PackageT> package = writeProgram(packageOf(*module));
    EXPECT_TRUE(package.ok()) << package.status().message();
    return package.take();
  }

  MLIRContext context;
};

TEST_F(ProgramTest, ReadingWhatWasWrittenGivesTheSameText) {
  OwningOpRef<ModuleOp> module = parse();
  ASSERT_TRUE(module);
  StatusOr<schema::PackageT> package = writeProgram(packageOf(*module));
  ASSERT_TRUE(package.ok()) << package.status().message();
  StatusOr<OwningOpRef<ModuleOp>> again = readProgram(*package, context);
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(textOf(*module), textOf(**again));
}

TEST_F(ProgramTest, WritingWhatWasReadGivesTheSameBytes) {
  std::string bytes = bytesOf(tables());
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
  ASSERT_TRUE(schema::VerifyPackageBuffer(verifier));
  std::unique_ptr<schema::PackageT> unpacked = schema::UnPackPackage(bytes.data());
  StatusOr<OwningOpRef<ModuleOp>> module = readProgram(*unpacked, context);
  ASSERT_TRUE(module.ok()) << module.status().message();
  StatusOr<schema::PackageT> again = writeProgram(packageOf(**module));
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(bytes, bytesOf(*again));
}

TEST_F(ProgramTest, IndicesAreThoseOfTheProgram) {
  schema::PackageT package = tables();
  const schema::ProgramT &program = *package.programs[0];
  ASSERT_EQ(program.commands.size(), 6u);
  const schema::CopyT &copy = *program.commands[2]->command.AsCopy();
  EXPECT_EQ(copy.source, 4u);
  EXPECT_EQ(copy.target, 5u);
  EXPECT_EQ(copy.accesses[1]->slot, 5u);
  EXPECT_EQ(program.slots[5]->index, 1u);
  EXPECT_EQ(program.logits, 4u);
  EXPECT_EQ(package.weights[0]->root_hash, ~uint64_t(0));
  EXPECT_EQ(package.weights[0]->chunk_hashes[0], ~uint64_t(0));
  EXPECT_EQ(package.model->bos_id, -1);
}

TEST_F(ProgramTest, ReadingRefusesWhatHasNoText) {
  using Package = schema::PackageT;
  auto launch = [](Package &p) { return p.programs[0]->commands[0]->command.AsLaunch(); };
  const std::pair<std::string, std::function<void(Package &)>> cases[] = {
      {"one missing", [](Package &p) { p.cache.reset(); }},
      {"level up to 1, found 2", [](Package &p) { p.levels[0] = schema::CpuLevel(2); }},
      {"format of the cache up to 6, found 7", [](Package &p) { p.cache->format = schema::Format(7); }},
      {"expected format f16 or f32", [](Package &p) { p.cache->format = schema::Format::Q8_0; }},
      {"layout of weight 'embed' up to 1, found 2",
       [](Package &p) { p.weights[0]->layout = schema::Layout(2); }},
      {"slice rows", [](Package &p) { p.weights[0]->slices[0]->row_begin = 8; }},
      {"kernel to be a name of its own, found ''", [](Package &p) { p.kernels[0]->name = ""; }},
      {"program to be a name of its own, found 'embed'", [](Package &p) { p.programs[0]->name = "embed"; }},
      {"step field up to 11, found 12", [](Package &p) { p.step->fields[0]->field = schema::StepField(12); }},
      {"expected 12 fields", [](Package &p) { p.step->fields.pop_back(); }},
      {"buffer of slot 4 of program 'step' below 2, found 2",
       [](Package &p) { p.programs[0]->slots[4]->index = 2; }},
      {"weight of slot 1 of program 'step' below 1", [](Package &p) { p.programs[0]->slots[1]->index = 1; }},
      {"step field of slot 0 of program 'step' below 12",
       [](Package &p) { p.programs[0]->slots[0]->index = 12; }},
      {"expected a layer below 1", [](Package &p) { p.programs[0]->slots[2]->index = 1; }},
      {"logits of program 'step' below 6", [](Package &p) { p.programs[0]->logits = 6; }},
      {"expected logits in the arena", [](Package &p) { p.programs[0]->logits = 0; }},
      {"kernel of a launch of program 'step' below 1", [&](Package &p) { launch(p)->kernel = 1; }},
      {"slot of a command of program 'step' below 6", [&](Package &p) { launch(p)->slots[0] = 6; }},
      {"to name a slot of its command, found slot 5", [&](Package &p) { launch(p)->accesses[0]->slot = 5; }},
      {"domain of a command", [&](Package &p) { launch(p)->domain = schema::RowDomain(4); }},
      {"lane of a command", [&](Package &p) { launch(p)->lane = schema::Lane(3); }},
      {"row_begin below row_end, found 3 and 2",
       [&](Package &p) { launch(p)->row_begin = 3, launch(p)->row_end = 2; }},
      {"lane shares from 0 to 1", [](Package &p) { p.programs[0]->lane_shares[1] = -1; }},
      {"mode of an access", [&](Package &p) { launch(p)->accesses[0]->mode = schema::AccessMode(2); }},
      {"range of an access", [&](Package &p) { launch(p)->accesses[0]->range = schema::AccessRange(3); }},
      {"of a known kind, found 0", [](Package &p) { p.programs[0]->commands[0]->command.Reset(); }},
      {"program of a bucket of entry 'step' below 1",
       [](Package &p) { p.entries[0]->buckets[0]->program = 1; }},
      {"role of a bucket", [](Package &p) { p.entries[0]->buckets[0]->role = schema::StepRole(3); }},
      {"sorted by rows", [](Package &p) { p.entries[0]->buckets[0]->rows = 9; }},
      {"level of rates up to 1, found 2", [](Package &p) { p.rates[0]->level = schema::CpuLevel(2); }},
      {"memory_gb_per_s to be finite", [](Package &p) { p.rates[1]->memory_gb_per_s = 0; }},
  };
  for (const auto &[expected, corrupt] : cases) {
    schema::PackageT package = tables();
    corrupt(package);
    StatusOr<OwningOpRef<ModuleOp>> module = readProgram(package, context);
    ASSERT_FALSE(module.ok()) << expected;
    EXPECT_EQ(module.status().code(), Code::InvalidInput);
    EXPECT_NE(module.status().message().find(expected), std::string::npos)
        << "expected '" << expected << "' in '" << module.status().message() << "'";
  }
}

//===- The dialect against the schema
//---------------------------------------------------------------------------===//

/// Lower case without underscores: how names are compared across the two spellings.
std::string plain(StringRef name) {
  std::string text;
  for (char c : name)
    if (c != '_')
      text += llvm::toLower(c);
  return text;
}

std::vector<std::string> fieldsOf(const flatbuffers::TypeTable *table) {
  return {table->names, table->names + table->num_elems};
}

/// Fields of the op in the order of its definition. `renamed` says what stands for a field under another
/// name; an empty name leaves the op's argument out.
template <typename Op>
std::vector<std::string> fieldsOf(const std::map<std::string, std::string> &renamed = {}) {
  std::vector<std::string> fields;
  for (StringRef name : Op::getFieldNames()) {
    auto other = renamed.find(name.str());
    std::string field = other == renamed.end() ? name.str() : other->second;
    if (!field.empty())
      fields.push_back(field);
  }
  return fields;
}

TEST(Schema, CommandsAreTheMembersOfTheUnion) {
  const std::pair<StringRef, std::vector<std::string>> ops[] = {
      {exec::LaunchOp::getOperationName(), fieldsOf<exec::LaunchOp>()},
      {exec::CopyOp::getOperationName(), fieldsOf<exec::CopyOp>()},
      {exec::CollectiveOp::getOperationName(), fieldsOf<exec::CollectiveOp>()},
      {exec::SignalOp::getOperationName(), fieldsOf<exec::SignalOp>()},
      {exec::WaitOp::getOperationName(), fieldsOf<exec::WaitOp>()},
      {exec::BranchOp::getOperationName(), fieldsOf<exec::BranchOp>()},
  };
  const flatbuffers::TypeTable *members = schema::CommandTypeTable();
  ASSERT_EQ(members->num_elems, std::size(ops) + 1) << "a member of the union has no op, or an op no member";
  EXPECT_STREQ(members->names[0], "NONE");
  for (size_t i = 0; i < std::size(ops); ++i) {
    EXPECT_EQ(ops[i].first, "exec." + plain(members->names[i + 1]));
    EXPECT_EQ(ops[i].second, fieldsOf(members->type_refs[i]())) << ops[i].first.str();
  }
}

TEST(Schema, EveryCommandOfTheDialectIsInTheUnion) {
  MLIRContext context;
  context.loadDialect<exec::ExecDialect>();
  const std::vector<std::string> tables = {"package", "model",   "steplayout", "cache", "weight",
                                           "kernel",  "program", "buffer",     "slot",  "return",
                                           "entry",   "bucket",  "rates"};
  std::vector<std::string> members = fieldsOf(schema::CommandTypeTable());
  for (RegisteredOperationName name : context.getRegisteredOperations()) {
    if (name.getDialectNamespace() != "exec")
      continue;
    std::string op = plain(name.stripDialect());
    bool known = llvm::is_contained(tables, op) ||
                 llvm::any_of(members, [&](const std::string &member) { return plain(member) == op; });
    EXPECT_TRUE(known) << name.getStringRef().str();
  }
}

TEST(Schema, TablesHaveTheFieldsOfTheirOps) {
  const std::map<std::string, std::string> symbol = {{"sym_name", "name"}};
  EXPECT_EQ(fieldsOf<exec::ModelOp>(), fieldsOf(schema::ModelTypeTable()));
  EXPECT_EQ(fieldsOf<exec::StepLayoutOp>(), fieldsOf(schema::StepLayoutTypeTable()));
  EXPECT_EQ(fieldsOf<exec::CacheOp>(), fieldsOf(schema::CacheTypeTable()));
  EXPECT_EQ(fieldsOf<exec::WeightOp>(), fieldsOf(schema::WeightTypeTable()));
  EXPECT_EQ(fieldsOf<exec::KernelOp>(symbol), fieldsOf(schema::KernelTypeTable()));
  EXPECT_EQ(fieldsOf<exec::BufferOp>(), fieldsOf(schema::BufferTypeTable()));
  EXPECT_EQ(fieldsOf<exec::BucketOp>(), fieldsOf(schema::BucketTypeTable()));
  EXPECT_EQ(fieldsOf<exec::RatesOp>(), fieldsOf(schema::RatesTypeTable()));
  // The index of a slot is what it stands for in its space.
  EXPECT_EQ(fieldsOf<exec::SlotOp>({{"buffer", "index"}, {"weight", ""}, {"layer", ""}, {"field", ""}}),
            fieldsOf(schema::SlotTypeTable()));
  // Fields that are lists of tables are regions.
  auto with = [](std::vector<std::string> fields, size_t at, std::vector<std::string> more,
                 std::vector<std::string> last = {}) {
    fields.insert(fields.begin() + at, more.begin(), more.end());
    fields.insert(fields.end(), last.begin(), last.end());
    return fields;
  };
  EXPECT_EQ(with(fieldsOf<exec::EntryOp>(), 1, {"buckets"}), fieldsOf(schema::EntryTypeTable()));
  std::vector<std::string> program =
      with(fieldsOf<exec::ProgramOp>(symbol), 1, {"buffers", "slots", "commands"});
  // The logits are the return's, and lane_shares was appended after them.
  for (const std::string &field : fieldsOf<exec::ReturnOp>())
    program.insert(program.end() - 1, field);
  EXPECT_EQ(program, fieldsOf(schema::ProgramTypeTable()));
  EXPECT_EQ(with(fieldsOf<exec::PackageOp>(), 2,
                 {"model", "step", "cache", "weights", "kernels", "programs", "entries"},
                 {"rates", "devices"}),
            fieldsOf(schema::PackageTypeTable()));
}

/// Compares an enum of a dialect with the schema's, case by case and number by number.
template <typename Ours, typename Theirs>
void compareEnums(StringRef (*stringify)(Ours), const char *(*name)(Theirs), const char *what) {
  for (int i = 0; i <= int(Theirs::MAX); ++i) {
    StringRef ours = stringify(static_cast<Ours>(i));
    EXPECT_EQ(plain(ours), plain(name(static_cast<Theirs>(i)))) << what << " " << i;
    EXPECT_FALSE(ours.empty()) << what << " " << i;
  }
  StringRef past = stringify(static_cast<Ours>(int(Theirs::MAX) + 1));
  EXPECT_TRUE(past.empty()) << what << " has a case that the schema lacks: " << past.str();
}

TEST(Schema, EnumsOfTheDialectsHaveTheSchemasNumbers) {
  compareEnums(stringifyFormat, schema::EnumNameFormat, "Format");
  compareEnums(stringifyRowDomain, schema::EnumNameRowDomain, "RowDomain");
  compareEnums(stringifyLane, schema::EnumNameLane, "Lane");
  compareEnums(stringifyAccessRange, schema::EnumNameAccessRange, "AccessRange");
  compareEnums(exec::stringifyLayout, schema::EnumNameLayout, "Layout");
  compareEnums(exec::stringifyCpuLevel, schema::EnumNameCpuLevel, "CpuLevel");
  compareEnums(exec::stringifySpace, schema::EnumNameSpace, "Space");
  compareEnums(exec::stringifyStepField, schema::EnumNameStepField, "StepField");
  compareEnums(exec::stringifyStepRole, schema::EnumNameStepRole, "StepRole");
  compareEnums(exec::stringifyAccessMode, schema::EnumNameAccessMode, "AccessMode");
  compareEnums(exec::stringifyCollectiveKind, schema::EnumNameCollectiveKind, "CollectiveKind");
}

} // namespace
