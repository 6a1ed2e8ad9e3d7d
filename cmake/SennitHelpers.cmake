# Build helpers. Each folder lists its sources by hand and calls one of these.

find_program(CCACHE ccache)
if(CCACHE)
  # The precompiled header is shared by every MLIR unit; ccache must be told that this is fine.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Xclang> $<$<COMPILE_LANGUAGE:CXX>:-fno-pch-timestamp>)
endif()
add_compile_options(-Wall -Wextra -Wno-unused-parameter -Werror=return-type -Werror=unused-result)
# No contraction: every fused multiply-add in Sennit is written as one, so results do not depend on flags.
add_compile_options(-ffp-contract=off)
add_link_options(-fuse-ld=lld-22 -Wl,--gc-sections)
add_compile_options(-ffunction-sections -fdata-sections)
# Compiled kernels carry no type signature before their entry, which -fsanitize=function would read.
set(SENNIT_SANITIZE_OPTIONS -fsanitize=address,undefined -fno-sanitize=function -fno-sanitize-recover=undefined
                            -fno-omit-frame-pointer)
if(SENNIT_SANITIZE)
  add_compile_options(${SENNIT_SANITIZE_OPTIONS})
  add_link_options(-fsanitize=address,undefined)
endif()

macro(sennit_find_mlir)
  file(STRINGS ${CMAKE_SOURCE_DIR}/llvm-version.txt SENNIT_LLVM_VERSION LIMIT_COUNT 1)
  string(REGEX MATCH "^[0-9]+" SENNIT_LLVM_MAJOR ${SENNIT_LLVM_VERSION})
  find_package(MLIR ${SENNIT_LLVM_VERSION} REQUIRED CONFIG
               PATHS /usr/lib/llvm-${SENNIT_LLVM_MAJOR}/lib/cmake/mlir NO_DEFAULT_PATH)
  list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
  include(TableGen)
  include(AddLLVM)
  include(AddMLIR)
  find_package(nlohmann_json REQUIRED)
  include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  # NDEBUG as the packaged libraries were built: without it llvm::Statistic has another layout in our units than in theirs.
  add_definitions(${LLVM_DEFINITIONS} -DNDEBUG)
  add_library(sennit_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
  target_precompile_headers(sennit_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
endmacro()

# sennit_library(NAME SOURCES a.cpp ... DEPS lib ...): a static library without MLIR.
function(sennit_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
endfunction()

# sennit_mlir_library(NAME SOURCES ... DEPS ... TABLEGEN target ...): a static library that uses MLIR and the shared precompiled header.
function(sennit_mlir_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;TABLEGEN" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_precompile_headers(${name} REUSE_FROM sennit_pch)
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} MLIR LLVM)
  if(ARG_TABLEGEN)
    add_dependencies(${name} ${ARG_TABLEGEN})
  endif()
endfunction()

# sennit_dialect(nn): TableGen of dialects/nn. NnOps.td includes NnDialect.td, NnTypes.td, NnAttrs.td; NnEnums.td holds the
# dialect's own enums and is read alone, since every enum that a file includes is emitted again. Makes NnDialect.{h,cpp}.inc, NnEnums, NnAttrs, NnTypes, NnOps, and the target SennitNnIncGen.
function(sennit_dialect name)
  string(SUBSTRING ${name} 0 1 first)
  string(TOUPPER ${first} first)
  string(SUBSTRING ${name} 1 -1 rest)
  set(upper ${first}${rest})
  set(LLVM_TARGET_DEFINITIONS ${upper}Ops.td)
  mlir_tablegen(${upper}Dialect.h.inc -gen-dialect-decls -dialect=${name})
  mlir_tablegen(${upper}Dialect.cpp.inc -gen-dialect-defs -dialect=${name})
  mlir_tablegen(${upper}Attrs.h.inc -gen-attrdef-decls -attrdefs-dialect=${name})
  mlir_tablegen(${upper}Attrs.cpp.inc -gen-attrdef-defs -attrdefs-dialect=${name})
  mlir_tablegen(${upper}Types.h.inc -gen-typedef-decls -typedefs-dialect=${name})
  mlir_tablegen(${upper}Types.cpp.inc -gen-typedef-defs -typedefs-dialect=${name})
  mlir_tablegen(${upper}Ops.h.inc -gen-op-decls)
  mlir_tablegen(${upper}Ops.cpp.inc -gen-op-defs)
  set(LLVM_TARGET_DEFINITIONS ${upper}Enums.td)
  mlir_tablegen(${upper}Enums.h.inc -gen-enum-decls)
  mlir_tablegen(${upper}Enums.cpp.inc -gen-enum-defs)
  add_public_tablegen_target(Sennit${upper}IncGen)
endfunction()

# sennit_passes(nn Nn): TableGen of Passes.td in the current folder; target SennitNnPassesIncGen.
function(sennit_passes name)
  set(LLVM_TARGET_DEFINITIONS Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name ${name})
  add_public_tablegen_target(Sennit${name}PassesIncGen)
endfunction()

# sennit_gtest(NAME SOURCES FooTest.cpp ... DEPS ... [MLIR]): one test binary in build/test-bin, run by ./check and ctest.
function(sennit_gtest name)
  cmake_parse_arguments(ARG "MLIR" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test-bin)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gtest GTest::gtest_main Threads::Threads)
  target_compile_definitions(${name} PRIVATE SENNIT_TEST_DIR="${CMAKE_SOURCE_DIR}/test")
  if(ARG_MLIR)
    # The precompiled header was made with -fPIC; an executable's default is -fPIE.
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fPIC)
    target_precompile_headers(${name} REUSE_FROM sennit_pch)
  endif()
  add_test(NAME ${name} COMMAND ${name})
endfunction()

# sennit_fuzzer(NAME SOURCES FooFuzz.cpp DEPS ...): a libFuzzer binary in build/fuzz-bin.
function(sennit_fuzzer name)
  if(NOT SENNIT_FUZZERS OR NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz-bin)
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer,address,undefined -O1 -g)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
endfunction()

# sennit_schema(TARGET a.fbs ...): FlatBuffers headers a_generated.h beside the schema, in the build folder.
function(sennit_schema target)
  set(outputs)
  foreach(file ${ARGN})
    get_filename_component(stem ${file} NAME_WE)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/${stem}_generated.h)
    add_custom_command(OUTPUT ${out}
      COMMAND ${FLATC} --cpp --scoped-enums --gen-name-strings --cpp-std c++17 --reflect-names --gen-object-api
              -I ${CMAKE_CURRENT_SOURCE_DIR} -o ${CMAKE_CURRENT_BINARY_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${file}
      DEPENDS ${ARGN} VERBATIM)
    list(APPEND outputs ${out})
  endforeach()
  add_custom_target(${target}_headers DEPENDS ${outputs})
  add_library(${target} INTERFACE)
  add_dependencies(${target} ${target}_headers)
endfunction()
