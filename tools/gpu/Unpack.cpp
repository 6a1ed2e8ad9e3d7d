// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "tools/gpu/Unpack.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include <unistd.h>
#include <zlib.h>

namespace sennit::gpu {
namespace {

namespace fs = std::filesystem;

/// Writes what `packed` inflates to; false where it is no whole stream.
bool inflateTo(const std::vector<char> &packed, std::ofstream &out) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK)
    return false;
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(packed.data()));
  stream.avail_in = uInt(packed.size());
  std::vector<char> buffer(1 << 18);
  int state = Z_OK;
  while (state == Z_OK && out) {
    stream.next_out = reinterpret_cast<Bytef *>(buffer.data());
    stream.avail_out = uInt(buffer.size());
    state = inflate(&stream, Z_NO_FLUSH);
    out.write(buffer.data(), std::streamsize(buffer.size() - stream.avail_out));
  }
  const bool whole = state == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  return whole;
}

Status unpack(const fs::path &packed, const fs::path &target) {
  std::ifstream in(packed, std::ios::binary);
  const std::vector<char> bytes(std::istreambuf_iterator<char>(in), {});
  // Under another name first: a run beside this one sees whole files only.
  const fs::path part = target.string() + "." + std::to_string(getpid());
  std::ofstream out(part, std::ios::binary);
  const bool whole = inflateTo(bytes, out);
  out.close();
  std::error_code error;
  if (whole && out)
    fs::rename(part, target, error);
  if (whole && out && !error)
    return Status::okay();
  fs::remove(part, error);
  return invalidInput(packed.string() +
                      (whole ? ": cannot be unpacked where it lies: the folder cannot be written"
                             : ": expected a whole stream of zlib, found one that is cut off or "
                               "damaged, or no room to unpack it"));
}

} // namespace

Status unpackAll(const std::string &folder) {
  std::error_code error;
  std::vector<fs::path> packed;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->path().extension() == ".z")
      packed.push_back(entry->path());
  if (error)
    return invalidInput(folder + ": cannot be read: " + error.message());
  for (const fs::path &path : packed) {
    const fs::path target = fs::path(path).replace_extension();
    if (!fs::exists(target, error))
      SENNIT_RETURN_IF_ERROR(unpack(path, target));
  }
  return Status::okay();
}

} // namespace sennit::gpu
