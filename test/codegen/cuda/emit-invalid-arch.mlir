// RUN: sennit-opt %s --emit-cuda=sm_61 -verify-diagnostics

// Kernels need what sm_80 brought.
// expected-error @below {{expected an architecture such as sm_90a, found 'sm_61'}}
module {
}
