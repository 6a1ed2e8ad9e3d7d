// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/cuda/UploadWeights.h"

#include "runtime/weights/Join.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace sennit::cuda {

namespace {

/// Bytes [begin, end) of a joined weight, at `place` of the chunk.
struct Piece {
  uint32_t weight;
  uint64_t begin, end, place;
};
using Chunk = std::vector<Piece>;

/// Pieces start at multiples of this, so that both ends of a copy are aligned.
constexpr uint64_t pieceAlignment = 256;

std::vector<Chunk> divide(const Package &package, uint64_t chunkBytes) {
  std::vector<Chunk> chunks(1);
  uint64_t used = 0;
  for (uint32_t i = 0; i < package.root().weights()->size(); ++i)
    for (uint64_t at = 0, all = joinedBytes(package, i); at < all;) {
      if (used >= chunkBytes) {
        chunks.emplace_back();
        used = 0;
      }
      const uint64_t bytes = std::min(all - at, chunkBytes - used);
      chunks.back().push_back({i, at, at + bytes, used});
      at += bytes;
      used = (used + bytes + pieceAlignment - 1) / pieceAlignment * pieceAlignment;
    }
  return chunks;
}

void fill(const Package &package, const Chunk &chunk, uint8_t *to) {
  for (const Piece &piece : chunk) {
    const schema::Weight &weight = *package.root().weights()->Get(piece.weight);
    std::vector<weights::StoredSlice> slices;
    for (const schema::Slice *slice : *weight.slices())
      slices.push_back({{int64_t(slice->row_begin()), int64_t(slice->row_end()), int64_t(slice->k_begin()),
                         int64_t(slice->k_end())},
                        package.sliceData(*slice)});
    weights::joinSlices(weight.format(), weight.layout(), int64_t(weight.k()), slices, int64_t(piece.begin),
                        int64_t(piece.end), to + piece.place);
  }
}

/// Threads that fill chunk i into slot i % slots as soon as that slot is free. Chunks are taken in order.
class Fillers {
public:
  Fillers(const Package &package, const std::vector<Chunk> &chunks, std::vector<uint8_t *> slots, int threads)
      : package(package), chunks(chunks), slots(std::move(slots)), filled(chunks.size()) {
    for (int i = 0; i < threads; ++i)
      workers.emplace_back([this] { work(); });
  }
  ~Fillers() {
    {
      const std::lock_guard<std::mutex> held(lock);
      stop = true;
    }
    changed.notify_all();
    for (std::thread &worker : workers)
      worker.join();
  }
  /// Returns once chunk `index` is in its slot.
  void wait(size_t index) {
    std::unique_lock<std::mutex> held(lock);
    changed.wait(held, [&] { return filled[index]; });
  }
  /// The bytes of all chunks before `index` have left their slots.
  void release(size_t index) {
    {
      const std::lock_guard<std::mutex> held(lock);
      released = index;
    }
    changed.notify_all();
  }

private:
  void work() {
    std::unique_lock<std::mutex> held(lock);
    while (true) {
      changed.wait(held, [&] { return stop || next == chunks.size() || next < released + slots.size(); });
      if (stop || next == chunks.size())
        return;
      const size_t index = next++;
      held.unlock();
      fill(package, chunks[index], slots[index % slots.size()]);
      held.lock();
      filled[index] = true;
      changed.notify_all();
    }
  }

  const Package &package;
  const std::vector<Chunk> &chunks;
  const std::vector<uint8_t *> slots;
  std::mutex lock;
  std::condition_variable changed;
  std::vector<bool> filled;
  size_t next = 0, released = 0;
  bool stop = false;
  std::vector<std::thread> workers;
};

} // namespace

uint64_t joinedBytes(const Package &package, uint32_t index) {
  const schema::Weight &weight = *package.root().weights()->Get(index);
  return uint64_t(
      weights::storedBytes(weight.format(), weight.layout(), int64_t(weight.rows()), int64_t(weight.k())));
}

Status uploadWeights(const Device &device, const Package &package, std::span<const DeviceAddress> places,
                     const UploadOptions &options) {
  const DriverApi &api = device.api();
  uint64_t all = 0, room = 0, done = 0;
  for (uint32_t i = 0; i < package.root().weights()->size(); ++i) {
    all += joinedBytes(package, i);
    room += (joinedBytes(package, i) + pieceAlignment - 1) / pieceAlignment * pieceAlignment;
  }
  const uint64_t chunkBytes = std::min(options.chunkBytes, std::max(room, pieceAlignment));
  const std::vector<Chunk> chunks = divide(package, chunkBytes);
  const size_t slotCount = std::min<size_t>(size_t(options.chunks), chunks.size());
  SENNIT_ASSIGN_OR_RETURN(OwnedHostMemory pinned,
                          makePinned(device, slotCount * chunkBytes, "weights on their way"));
  SENNIT_ASSIGN_OR_RETURN(OwnedStream stream, makeStream(device));
  std::vector<uint8_t *> slots;
  std::vector<OwnedEvent> sent;
  for (size_t i = 0; i < slotCount; ++i) {
    slots.push_back(static_cast<uint8_t *>(pinned.get()) + i * chunkBytes);
    SENNIT_ASSIGN_OR_RETURN(OwnedEvent event, makeEvent(device, /*timed=*/false));
    sent.push_back(std::move(event));
  }

  const auto send = [&](size_t index) -> Status {
    for (const Piece &piece : chunks[index]) {
      const char *name = package.root().weights()->Get(piece.weight)->name()->c_str();
      SENNIT_RETURN_IF_ERROR(device.check(api.memcpyHtoDAsync(places[piece.weight] + piece.begin,
                                                              slots[index % slotCount] + piece.place,
                                                              piece.end - piece.begin, stream.get()),
                                          "cuMemcpyHtoDAsync", std::string("weight ") + name));
    }
    return device.check(api.eventRecord(sent[index % slotCount].get(), stream.get()), "cuEventRecord",
                        "the weights");
  };
  const auto arrive = [&](size_t index) -> Status {
    SENNIT_RETURN_IF_ERROR(device.check(api.eventSynchronize(sent[index % slotCount].get()),
                                        "cuEventSynchronize", "the copies of the weights"));
    for (const Piece &piece : chunks[index])
      done += piece.end - piece.begin;
    if (options.progress)
      options.progress(done, all);
    return {};
  };
  const size_t under = std::max<size_t>(slotCount / 2, 1); // chunks on their way at the same time
  Status status;
  {
    Fillers fillers(package, chunks, slots, std::max(options.threads, 1));
    for (size_t i = 0; i < chunks.size() && status.ok(); ++i) {
      if (options.interrupt && options.interrupt->load(std::memory_order_relaxed))
        status = Status(Code::Interrupted, "interrupted while copying the weights");
      if (status.ok() && i >= under)
        status = arrive(i - under);
      if (i >= under)
        fillers.release(i - under + 1);
      if (!status.ok())
        break;
      fillers.wait(i);
      status = send(i);
    }
    for (size_t i = chunks.size() - std::min(under, chunks.size()); i < chunks.size() && status.ok(); ++i)
      status = arrive(i);
  }
  if (!status.ok())
    api.streamSynchronize(
        stream.get()); // nothing may read the chunks when they go; its error would be the same
  return status;
}

} // namespace sennit::cuda
