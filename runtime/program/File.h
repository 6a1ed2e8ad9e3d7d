// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The bytes of a package file, and its writer. Little endian throughout.
//
//   [0, 4096)  header: FileHeader, zeros, and in the last 8 bytes XXH3-64 of the 4088 bytes before
//   sections   in ascending kind, each starting at a multiple of 4096; every byte between sections is zero
//   weights    the last section, whatever its kind's number; slices start at multiples of 4096 inside it;
//   zeros between them and up to the
//              file's end, which is a multiple of 4096
#pragma once

#include "runtime/base/NewFile.h"
#include "runtime/base/StatusOr.h"
#include "runtime/schema/program_generated.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sennit {

/// The one version that this build writes and reads; the version log is in runtime/schema/program.fbs.
inline constexpr uint32_t packageVersion = 4;
inline constexpr uint64_t packagePage = 4096;
inline constexpr char packageMagic[8] = {'S', 'E', 'N', 'N', 'I', 'T', '\0', '\1'};
/// Each slice of a weight is hashed in chunks of this many bytes, the last one shorter.
inline constexpr uint64_t hashChunk = uint64_t(1) << 20;

/// What a section holds. Values are part of the format: append only; weights stay last in the file.
enum class SectionKind : uint32_t {
  Program = 1,    ///< FlatBuffer schema::Package
  NativeAvx2 = 2, ///< position-independent code image of one level
  NativeAvx512 = 3,
  Tokenizer = 4, ///< FlatBuffer schema::Tokenizer
  NnModule = 5,  ///< text of the nn module
  Plan = 6,      ///< text: plan and explanation, JSON
  Weights = 7,
  DeviceCode = 8, ///< machine code, PTX and CUDA texts for devices; placed by Package.devices
};

/// "program", "native code for avx2", ...
const char *sectionName(SectionKind kind);

/// The section that holds the native code of a level.
SectionKind nativeSection(schema::CpuLevel level);

struct SectionEntry {
  uint32_t kind = 0;
  uint32_t flags = 0; ///< zero in this version
  uint64_t offset = 0;
  uint64_t bytes = 0;
  uint64_t hash = 0; ///< XXH3-64 of the section; 0 for Weights, which carry their own tree
};

inline constexpr uint32_t maxSections = 16;

struct FileHeader {
  char magic[8];
  uint32_t version;
  uint32_t sectionCount;
  uint64_t fileBytes;
  SectionEntry sections[maxSections]; ///< unused ones are zero
};
static_assert(sizeof(SectionEntry) == 32 && sizeof(FileHeader) == 24 + 32 * maxSections);

/// Gives row `row` of weight `weight` (index into PackageT::weights): k elements in storage format, see
/// runtime/weights/Pack.h. Called with ascending weight and row.
using WeightRowReader = std::function<Status(size_t weight, int64_t row, uint8_t *out)>;

/// Writes one package file, whole or not at all (see NewFile). Same inputs give the same bytes. Use: create,
/// addSection..., finish once. Thread-compatible.
class PackageWriter {
public:
  /// Opens the temporary file beside `path`, so that a folder that cannot be written is found before any
  /// work.
  static StatusOr<std::unique_ptr<PackageWriter>> create(const std::string &path);

  /// Sets a section other than Program and Weights, which finish makes.
  void addSection(SectionKind kind, std::string_view bytes);

  /// Polled between tiles; when it becomes true, finish stops with Interrupted. Borrowed; may be null.
  void setInterrupt(const std::atomic<bool> *flag) { interrupt = flag; }
  /// Called now and then with bytes of weights written and bytes in all.
  void setProgress(std::function<void(uint64_t done, uint64_t total)> report) {
    progress = std::move(report);
  }

  /// Writes everything and puts the file in place. For each weight the caller gives name, rows, k, format,
  /// layout and optionally slices with their row and k ranges (none: one slice); finish fills in offsets,
  /// bytes and hashes, and format_version. Holds one tile of one weight at a time. The finished package is
  /// verified before it gets its name.
  Status finish(schema::PackageT &package, const WeightRowReader &rows);

private:
  PackageWriter() = default;
  Status placeWeights(schema::PackageT &package, uint64_t &bytes);
  Status writeSlice(const schema::WeightT &weight, size_t index, const schema::SliceT &slice, uint64_t base,
                    const WeightRowReader &rows, std::vector<uint64_t> &hashes);

  std::unique_ptr<NewFile> file;
  std::map<SectionKind, std::string> sections;
  const std::atomic<bool> *interrupt = nullptr;
  std::function<void(uint64_t, uint64_t)> progress;
  uint64_t weightBytesDone = 0, weightBytesTotal = 0;
};

} // namespace sennit
