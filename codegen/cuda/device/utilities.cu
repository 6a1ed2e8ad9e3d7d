// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: Sennit contributors
//
// The runtime's own kernels, a part of every package's device code; what they are launched with is in
// codegen/cuda/Utilities.h.
#include "probes.cuh"
#include "sample_pick.cuh"
#include "sample_slices.cuh"

namespace sennit {

SENNIT_KERNEL(128, 8) sample_slices(SENNIT_PARAMETER Launch launch) {
  sampling::slices_body(launch);
}
SENNIT_KERNEL(128, 8) sample_weigh(SENNIT_PARAMETER Launch launch) {
  sampling::weigh_body(launch);
}
SENNIT_KERNEL(128, 8) sample_refine(SENNIT_PARAMETER Launch launch) {
  sampling::refine_body(launch);
}
SENNIT_KERNEL(256, 2) sample_pick(SENNIT_PARAMETER Launch launch) {
  sampling::pick_body(launch);
}
SENNIT_KERNEL(256, 4) probe_read(SENNIT_PARAMETER Launch launch) {
  probe_read_body(launch);
}
SENNIT_KERNEL(256, 4) probe_copy(SENNIT_PARAMETER Launch launch) {
  probe_copy_body(launch);
}
SENNIT_KERNEL(256, 2) probe_multiply(SENNIT_PARAMETER Launch launch) {
  probe_multiply_body(launch);
}

} // namespace sennit
