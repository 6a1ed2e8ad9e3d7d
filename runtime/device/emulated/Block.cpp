// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
#include "runtime/device/emulated/Block.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sennit::emulated {

uint32_t Block::draw(uint32_t below) {
  random ^= random << 13;
  random ^= random >> 7;
  random ^= random << 17;
  return uint32_t((random >> 32) * below >> 32);
}

// The order decides all: whoever is first runs until it waits. So one warp gets as far ahead of the others as
// barriers allow, and a missing barrier shows for about half of all orders.
void Block::orderWarps() {
  for (int i = 0; i < warpCount; ++i)
    warpAt[i] = uint8_t(launch->seed == 1 ? warpCount - 1 - i : i);
  if (launch->seed > 1)
    for (int i = warpCount - 1; i > 0; --i)
      std::swap(warpAt[i], warpAt[draw(uint32_t(i) + 1)]);
  ready = 0;
  for (int i = 0; i < warpCount; ++i) {
    placeOf[warpAt[i]] = uint8_t(i);
    ready |= uint32_t(warps[warpAt[i]].runnable != 0) << i;
  }
}

void Block::orderLanes(Warp &warp) {
  // Not any permutation, but quick: halves, quarters and so on swapped or not, then rotated.
  uint32_t rotation = 0, flip = 0;
  if (launch->seed == 1)
    flip = 31;
  else if (launch->seed > 1) {
    rotation = draw(32);
    flip = draw(32);
  }
  for (uint32_t place = 0; place < 32; ++place) {
    const uint32_t lane = ((place ^ flip) + rotation) & 31;
    warp.laneAt[place] = uint8_t(lane);
    warp.placeOf[lane] = uint8_t(place);
  }
}

void Block::markWaiting(Thread &thread) {
  Warp &warp = *thread.warp;
  warp.runnable &= ~(1u << warp.placeOf[thread.lane]);
  if (!warp.runnable)
    ready &= ~(1u << placeOf[warp.index]);
}

void Block::markReady(Warp &warp, uint32_t lanes) {
  // An order may change while no lane stands in it.
  if (!warp.runnable && launch->seed > 1)
    orderLanes(warp);
  for (uint32_t rest = lanes; rest; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    warp.runnable |= 1u << warp.placeOf[lane];
    warp.threads[lane]->state = Thread::State::Running;
  }
  if (warp.runnable)
    ready |= 1u << placeOf[warp.index];
}

void Block::wait(Thread &thread, Thread::State state) {
  thread.state = state;
  markWaiting(thread);
  Thread *following = next();
  if (!following)
    fail(thread, FaultKind::Failed, deadlock());
  switchFiber(thread.fiber, following->fiber);
}

void Block::yield(Thread &thread) {
  if (Thread *following = next(); following != &thread)
    switchFiber(thread.fiber, following->fiber);
}

void Block::releaseWarp(Warp &warp) {
  // The one that came last never waited; without it no lane is in the order.
  warp.runnable = 0;
  warp.arrived = 0;
  markReady(warp, warp.full);
}

void Block::releaseBarrier(Barrier &barrier) {
  uint32_t joined[mostWarps] = {};
  for (int w = 0; w < warpCount; ++w)
    if (barrier.lanes[w])
      for (int other = 0; other < warpCount; ++other)
        joined[other] = std::max(joined[other], warps[w].clock[other]);
  for (int w = 0; w < warpCount; ++w) {
    Warp &warp = warps[w];
    const uint32_t lanes = std::exchange(barrier.lanes[w], 0);
    if (!lanes)
      continue;
    std::copy_n(joined, warpCount, warp.clock);
    ++warp.clock[w];
    if (lanes == warp.full)
      warp.runnable = 0; // the one that came last
    markReady(warp, lanes);
  }
  barrier.arrived = 0;
  if (launch->seed > 1)
    orderWarps();
}

void Block::checkDeadline(Thread &thread) {
  if (std::chrono::steady_clock::now() > launch->deadline)
    fail(thread, FaultKind::Timeout,
         "still runs after " + std::to_string(launch->options->seconds) + " seconds");
}

void Block::fail(Thread &thread, FaultKind kind, const std::string &what) {
  fault.emplace();
  fault->kind = kind;
  fault->sentence = "kernel " + launch->options->kernel + ", block " + std::to_string(index) + ", thread " +
                    std::to_string(thread.facts.thread) + ": " + what;
  switchFiber(thread.fiber, scheduler);
  std::abort(); // nobody goes back to it
}

std::string Block::deadlock() const {
  const auto describe = [&](const Thread &thread) -> std::string {
    switch (thread.state) {
    case Thread::State::Running:
      return "run";
    case Thread::State::AtBarrier: {
      const Barrier &barrier = barriers[size_t(thread.barrier)];
      return "wait at barrier " + std::to_string(thread.barrier) + ", which has " +
             std::to_string(barrier.arrived) + " of " + std::to_string(barrier.expected) + " threads";
    }
    case Thread::State::InWarp: {
      static const char *const names[] = {"warp_barrier", "shuffle", "ballot", "load_matrices", "multiply"};
      return std::string("wait for their warp in ") + names[size_t(thread.warp->primitive)];
    }
    case Thread::State::Done:
      return "are done";
    }
    return "";
  };
  std::string text = "no thread can go on:";
  const int threads = launch->shape.threads;
  for (int first = 0, groups = 0; first < threads;) {
    const std::string state = describe(*warps[first / 32].threads[first % 32]);
    int end = first + 1;
    while (end < threads && describe(*warps[end / 32].threads[end % 32]) == state)
      ++end;
    if (++groups > 8)
      return text + ", and so on";
    text +=
        (groups > 1 ? ", " : " ") + std::to_string(first) + " to " + std::to_string(end - 1) + " " + state;
    first = end;
  }
  return text;
}

void Block::enter() {
  Thread &thread = self();
  Block &block = *thread.block;
  entered(block.scheduler);
  block.launch->body(block.launch->context);
  thread.state = Thread::State::Done;
  block.markWaiting(thread);
  --block.unfinished;
  if (Thread *following = block.next())
    switchFiber(thread.fiber, following->fiber, true);
  else if (block.unfinished > 0)
    block.fail(thread, FaultKind::Failed, block.deadlock());
  switchFiber(thread.fiber, block.scheduler, true);
  std::abort();
}

void Block::run() {
  for (int w = 0; w < warpCount; ++w)
    warps[w].runnable = 0;
  orderWarps();
  for (int w = 0; w < warpCount; ++w) {
    Warp &warp = warps[w];
    orderLanes(warp);
    for (uint32_t rest = warp.full; rest; rest &= rest - 1) {
      Thread &thread = *warp.threads[std::countr_zero(rest)];
      prepareFiber(thread.fiber, &thread, enter);
    }
    markReady(warp, warp.full);
  }
  if (Thread *first = next())
    switchFiber(scheduler, first->fiber);
}

} // namespace sennit::emulated
