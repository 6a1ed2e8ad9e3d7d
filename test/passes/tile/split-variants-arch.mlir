// RUN: sennit-opt %s -tile-split-variants=arch=sm_75 -verify-diagnostics

// Kernels need what sm_80 brought.
// expected-error @below {{expected an architecture such as sm_90a, found 'sm_75'}}
module {
}
