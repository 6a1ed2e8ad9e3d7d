// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// Single elements of the views of a kernel, and the shorthands that emitted text uses. Offsets count elements from the
// first byte of a view.
#pragma once

#include "launch.cuh"
#include "rows.cuh"

namespace sennit {

// --- Rows ----------------------------------------------------------------------------------------------------
/// Column `column` of row `row` in rows of `width`.
SENNIT_DEVICE long long element(int row, int width, int column) { return (long long)row * width + column; }

SENNIT_DEVICE float load_f32(const void *view, long long at) { return load_global(static_cast<const float *>(view) + at); }
SENNIT_DEVICE float load_f16(const void *view, long long at) {
  return f16_to_f32(load_global(static_cast<const unsigned short *>(view) + at));
}
SENNIT_DEVICE float load_bf16(const void *view, long long at) {
  return bf16_to_f32(load_global(static_cast<const unsigned short *>(view) + at));
}
SENNIT_DEVICE int load_i32(const void *view, long long at) { return load_global(static_cast<const int *>(view) + at); }

SENNIT_DEVICE void store_f32(void *view, long long at, float value) {
  store_global(static_cast<float *>(view) + at, value);
}
/// Rounded to nearest even.
SENNIT_DEVICE void store_f16(void *view, long long at, float value) {
  store_global(static_cast<unsigned short *>(view) + at, (unsigned short)pack_f16(value, 0.0f));
}
SENNIT_DEVICE void store_bf16(void *view, long long at, float value) {
  store_global(static_cast<unsigned short *>(view) + at, (unsigned short)pack_bf16(value, 0.0f));
}
SENNIT_DEVICE void store_i32(void *view, long long at, int value) { store_global(static_cast<int *>(view) + at, value); }

// --- The cache (runtime/sequence/CacheLayout.h) ----------------------------------------------------------------
/// Dimension d of a head's key at `slot` = page * 32 + position in page.
template <int Heads, int HeadDim> SENNIT_DEVICE long long key_element(int slot, int head, int d) {
  const int page = slot / 32, position = slot % 32;
  return (((long long)page * Heads + head) * 2 + position / 16) * HeadDim * 16 + d * 16 + position % 16;
}
/// The same of a value.
template <int Heads, int HeadDim> SENNIT_DEVICE long long value_element(int slot, int head, int d) {
  const int page = slot / 32, position = slot % 32;
  return ((((long long)page * Heads + head) * ((HeadDim + 15) / 16) + d / 16) * 32 + position) * 16 + d % 16;
}

// --- The threads of a row ----------------------------------------------------------------------------------------
/// f(column) for each column in [0, Columns), by the threads of `scope`: WarpRow or BlockRow.
template <int Columns, typename Scope, typename F> SENNIT_DEVICE void for_each(const Scope &scope, F f) {
  scope.template for_each<Columns>(f);
}
/// The reduction of f(column) over [0, Columns), in all threads of `scope`; Kind is Sum, SumSquares or Maximum.
template <typename Kind, int Columns, typename Scope, typename F> SENNIT_DEVICE float reduce(const Scope &scope, F f) {
  return scope.template reduce<Kind, Columns>(f);
}

// --- Functions -----------------------------------------------------------------------------------------------------
/// NaN where either is.
SENNIT_DEVICE float minimum(float a, float b) { return -maximum(-a, -b); }
SENNIT_DEVICE int wrapping_add(int a, int b) { return int(unsigned(a) + unsigned(b)); }
SENNIT_DEVICE int wrapping_subtract(int a, int b) { return int(unsigned(a) - unsigned(b)); }
SENNIT_DEVICE int wrapping_multiply(int a, int b) { return int(unsigned(a) * unsigned(b)); }

} // namespace sennit
