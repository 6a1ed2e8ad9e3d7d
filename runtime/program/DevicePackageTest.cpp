// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Packages with code for devices: choosing it, reading it, and refusing what is damaged.
#include "runtime/program/Load.h"
#include "runtime/program/TestPackage.h"
#include "runtime/program/Verify.h"

#include <fstream>
#include <functional>
#include <gtest/gtest.h>

namespace sennit {
namespace {

using schema::DeviceCodeKind;
using testing::addTestDevices;
using testing::describe;
using testing::temporaryPath;
using testing::TestModel;
using testing::writeTestPackage;

constexpr OpenOptions lookOnly{std::nullopt, /*executable=*/false};
const DeviceTarget sm80{DeviceCodeKind::Cubin, 80, false}, sm86{DeviceCodeKind::Cubin, 86, false},
    sm90{DeviceCodeKind::Cubin, 90, false}, sm90a{DeviceCodeKind::Cubin, 90, true},
    sm100a{DeviceCodeKind::Cubin, 100, true}, ptx{DeviceCodeKind::Ptx, 80, false},
    emulated80{DeviceCodeKind::Emulated, 80, false}, emulated90a{DeviceCodeKind::Emulated, 90, true};

TEST(DeviceTarget, NamesAreAsUsersWriteThem) {
  EXPECT_EQ(deviceTargetName(sm80), "sm_80");
  EXPECT_EQ(deviceTargetName(sm100a), "sm_100a");
  EXPECT_EQ(deviceTargetName(ptx), "ptx");
  EXPECT_EQ(deviceTargetName(emulated90a), "emulated-sm_90a");
}

TEST(DevicePackage, GivesADeviceTheCodeThatItRunsBest) {
  TestModel model;
  model.devices = {ptx, sm80, sm86, sm90, sm90a, sm100a, emulated80, emulated90a};
  const std::string path = temporaryPath("choice.sennit");
  ASSERT_TRUE(writeTestPackage(model, path).ok());
  auto opened = Package::open(path, lookOnly);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  const auto chosen = [&](DeviceIdentity device) {
    auto code = (*opened)->findDeviceCode(device);
    return code.ok() ? (*code)->target()->str() : code.status().message();
  };
  EXPECT_EQ(chosen({8, 0, false}), "sm_80");
  EXPECT_EQ(chosen({8, 6, false}), "sm_86");
  EXPECT_EQ(chosen({8, 9, false}), "sm_86");
  EXPECT_EQ(chosen({8, 3, false}), "sm_80");
  EXPECT_EQ(chosen({9, 0, false}), "sm_90a");
  EXPECT_EQ(chosen({9, 1, false}), "sm_90");
  EXPECT_EQ(chosen({10, 0, false}), "sm_100a");
  EXPECT_EQ(chosen({10, 3, false}), "ptx");
  EXPECT_EQ(chosen({12, 0, false}), "ptx");
  EXPECT_EQ(chosen({8, 9, true}), "emulated-sm_80");
  EXPECT_EQ(chosen({9, 0, true}), "emulated-sm_90a");
  const std::string all =
      "the package has code for ptx, sm_80, sm_86, sm_90, sm_90a, sm_100a, emulated-sm_80 "
      "and emulated-sm_90a; the device is ";
  EXPECT_EQ(chosen({7, 5, false}), all + "a GPU of compute capability 7.5");
  EXPECT_EQ(chosen({10, 0, true}), all + "an emulated one of compute capability 10.0");
}

TEST(DevicePackage, WithoutCodeForAnyDeviceSaysSo) {
  const std::string path = temporaryPath("none.sennit");
  ASSERT_TRUE(writeTestPackage({}, path).ok());
  auto opened = Package::open(path, lookOnly);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ((*opened)->findDeviceCode({9, 0, false}).status().message(),
            "the package has no code for GPUs; the device is a GPU of compute capability 9.0");
}

TEST(DevicePackage, GivesModulesAndTexts) {
  TestModel model;
  model.devices = {sm80, ptx};
  const std::string path = temporaryPath("modules.sennit");
  ASSERT_TRUE(writeTestPackage(model, path).ok());
  auto opened = Package::open(path);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  const Package &package = **opened;
  const schema::DeviceCode &code = *package.root().devices()->Get(1);
  ASSERT_EQ(code.modules()->size(), 2u);
  const std::span<const uint8_t> bytes = package.deviceModule(*code.modules()->Get(1));
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), std::string("module 1 of ptx\0", 16));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes.data()) % 16, 0u);
  EXPECT_EQ(package.deviceText(*code.kernels()->Get(4)), "void head() {}\n");
  EXPECT_EQ(package.deviceText(code).substr(0, 7), "// ptx\n");
}

// Such a package is looked at and given to devices, but no CPU runs it.
TEST(DevicePackage, MayBeForDevicesAlone) {
  TestModel model;
  model.cpu = false;
  model.devices = {sm90a, ptx};
  const std::string path = temporaryPath("device-only.sennit");
  ASSERT_TRUE(writeTestPackage(model, path).ok());
  auto opened = Package::open(path, lookOnly);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  EXPECT_TRUE((*opened)->findDeviceCode({9, 0, false}).ok());
  EXPECT_EQ(Package::open(path).status().message(),
            path +
                ": the package has no code for CPUs, only for sm_90a and ptx; a GPU runs it (--device cuda)");
  OpenOptions level;
  level.level = schema::CpuLevel::Avx2;
  EXPECT_EQ(Package::open(path, level).status().code(), Code::Unsupported);
}

TEST(DevicePackage, RefusesAFlippedByteOfACubin) {
  TestModel model;
  model.devices = {sm90a};
  const std::string path = temporaryPath("flipped-cubin.sennit");
  ASSERT_TRUE(writeTestPackage(model, path).ok());
  uint64_t at = 0;
  {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    at = bytes.find("module 1 of sm_90a");
    ASSERT_NE(at, std::string::npos);
  }
  {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(std::streamoff(at));
    file.put('M');
  }
  EXPECT_EQ(Package::open(path, lookOnly).status().message(),
            path + ": sections[4] (device code): its bytes do not have the hash in the header");
}

// --- Lies
// ---------------------------------------------------------------------------------------------------

struct Case {
  const char *expected; ///< part of the message
  std::function<void(schema::DeviceCodeT &)> change;
};

std::string verifyError(const std::function<void(schema::PackageT &, uint64_t &)> &change) {
  schema::PackageT package = describe({});
  uint64_t bytes = addTestDevices(package, {sm80, sm90a, ptx}).size();
  change(package, bytes);
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishPackageBuffer(builder, schema::CreatePackage(builder, &package));
  return verifyDevices(*schema::GetPackage(builder.GetBufferPointer()), bytes).message();
}

TEST(VerifyDevices, AcceptsTheTestPackage) {
  EXPECT_EQ(verifyError([](schema::PackageT &, uint64_t &) {}), "");
}

TEST(VerifyDevices, RefusesWrongLists) {
  EXPECT_EQ(verifyError([](schema::PackageT &p, uint64_t &) { p.devices.clear(); }),
            "devices: none is listed, but the file has code for some");
  EXPECT_EQ(verifyError([](schema::PackageT &, uint64_t &bytes) { bytes = 0; }),
            "devices: 3 are listed, but the file has no code for them");
  EXPECT_EQ(verifyError([](schema::PackageT &p, uint64_t &) {
              p.devices[2] = std::make_unique<schema::DeviceCodeT>(*p.devices[0]);
            }),
            "devices[2] target: expected targets that differ, found sm_80 as in devices[0]");
  EXPECT_NE(verifyError([](schema::PackageT &p, uint64_t &) {
              p.devices[1]->modules[0]->offset = p.devices[0]->modules[1]->offset;
            }).find("devices[1] modules[0]: 19 bytes at offset 32 do not lie in [50, "),
            std::string::npos);
  EXPECT_NE(verifyError([](schema::PackageT &p, uint64_t &) {
              for (int i = 0; i < 30; ++i)
                p.devices.push_back(std::make_unique<schema::DeviceCodeT>(*p.devices[0]));
            }).find("devices: expected at most 32, found 33"),
            std::string::npos);
}

TEST(VerifyDevices, RefusesEveryKindOfLie) {
  using C = schema::DeviceCodeT;
  const uint64_t far = uint64_t(1) << 40;
  const auto function = [](C &c) -> schema::DeviceFunctionT & {
    return *c.kernels[2]->variants[1]->functions[1];
  };
  const Case cases[] = {
      {"kind: expected 0 to 2, found 3", [](C &c) { c.kind = DeviceCodeKind(3); }},
      {"architecture: expected 10 to 999, found 0", [](C &c) { c.architecture = 0; }},
      {"target: expected sm_86, found \"sm_80\"", [](C &c) { c.architecture = 86; }},
      {"target: expected sm_80a, found \"sm_80\"", [](C &c) { c.exact = true; }},
      {"target: expected sm_80, found \"\"", [](C &c) { c.target.clear(); }},
      {"exact: expected false for PTX", [](C &c) { c.kind = DeviceCodeKind::Ptx, c.exact = true; }},
      {"modules: expected at least one", [](C &c) { c.modules.clear(); }},
      {"modules[0]: 18 bytes at offset 1099511627776", [=](C &c) { c.modules[0]->offset = far; }},
      {"modules[1]: 18 bytes at offset 0 do not lie in [18, ", [](C &c) { c.modules[1]->offset = 0; }},
      {"modules[0] offset: expected a multiple of 16, found 1", [](C &c) { c.modules[0]->offset = 1; }},
      {"modules[0] bytes: expected at least 1", [](C &c) { c.modules[0]->bytes = 0; }},
      {"modules[0]: 18446744073709551615 bytes", [](C &c) { c.modules[0]->bytes = ~uint64_t(0); }},
      {"text: 1099511627776 bytes", [=](C &c) { c.text_bytes = far; }},
      {"text: ", [=](C &c) { c.text_offset = far; }},
      {"kernels[3] text: ", [](C &c) { c.kernels[3]->text_offset = c.text_offset - 1; }},
      {"kernels[3] text: ", [](C &c) { c.kernels[3]->text_bytes = c.text_bytes; }},
      {"kernels: expected 5, found 4", [](C &c) { c.kernels.pop_back(); }},
      {"kernels[1] variants: expected at least one", [](C &c) { c.kernels[1]->variants.clear(); }},
      {"kernels[1] variants[1] max_rows: expected 4294967295 of the last, found 9",
       [](C &c) { c.kernels[1]->variants[1]->max_rows = 9; }},
      {"kernels[1] variants[1] max_rows: expected more than 8, found 8",
       [](C &c) { c.kernels[1]->variants[1]->max_rows = 8; }},
      {"kernels[1] variants[0] max_rows: expected more than 0, found 0",
       [](C &c) { c.kernels[1]->variants[0]->max_rows = 0; }},
      {"variants[0] functions: expected at least one",
       [](C &c) { c.kernels[1]->variants[0]->functions.clear(); }},
      {"scratch_bytes: ", [=](C &c) { c.kernels[1]->variants[0]->scratch_bytes = far; }},
      {"scratch_row_bytes: ", [=](C &c) { c.kernels[1]->variants[0]->scratch_row_bytes = far; }},
      {"kernels[2] variants[1] functions[1] threads: expected a multiple of 32 from 32 to 1024, found 48",
       [=](C &c) { function(c).threads = 48; }},
      {"threads: expected a multiple of 32 from 32 to 1024, found 0", [=](C &c) { function(c).threads = 0; }},
      {"threads: ", [=](C &c) { function(c).threads = 1056; }},
      {"shared_bytes: expected at most 232448, found 232449",
       [=](C &c) { function(c).shared_bytes = 232449; }},
      {"tiles: ", [=](C &c) { function(c).tiles = 0x80000000u; }},
      {"rows_per_block: ", [=](C &c) { function(c).rows_per_block = 0x80000000u; }},
      {"blocks_per_sm: expected 1 to 32, found 0", [=](C &c) { function(c).blocks_per_sm = 0; }},
      {"blocks_per_sm: expected 1 to 32, found 33", [=](C &c) { function(c).blocks_per_sm = 33; }},
      {"module: expected less than 2, found 2", [=](C &c) { function(c).module_ = 2; }},
      {"entry: expected a function of the reports, found \"absent\"",
       [=](C &c) { function(c).entry = "absent"; }},
      {"utilities[0] entry: ", [](C &c) { c.utilities[0]->entry = "absent"; }},
      {"reports: expected functions of kernels or utilities, found \"utility\"",
       [](C &c) { c.utilities.clear(); }},
      {"reports[0] entry: expected a name", [](C &c) { c.reports[0]->entry = "1st"; }},
      {"reports[0] entry: expected a name", [](C &c) { c.reports[0]->entry = ""; }},
      {"reports[0] entry: expected a name", [](C &c) { c.reports[0]->entry = std::string(257, 'a'); }},
      {"reports[1] entry: expected ascending entries",
       [](C &c) { c.reports[1]->entry = c.reports[0]->entry; }},
      {"reports[0] kernel: expected a kernel of the package, found \"other\"",
       [](C &c) { c.reports[0]->kernel = "other"; }},
      {"reports[0] registers: expected at most 255, found 256", [](C &c) { c.reports[0]->registers = 256; }},
  };
  for (const Case &one : cases) {
    const std::string message =
        verifyError([&](schema::PackageT &package, uint64_t &) { one.change(*package.devices[0]); });
    EXPECT_NE(message.find(one.expected), std::string::npos)
        << "expected: " << one.expected << "\nfound: " << message;
    EXPECT_EQ(message.find("devices[0] "), 0u) << message;
  }
}

} // namespace
} // namespace sennit
