# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: Sennit contributors
#
# cmake -D FOLDER=codegen/cuda/device -D OUTPUT=DeviceHeaders.cpp -P EmbedHeaders.cmake: the device headers as C++.
file(GLOB headers RELATIVE ${FOLDER} ${FOLDER}/*.cuh ${FOLDER}/*.cu ${FOLDER}/emulated*.h)
list(SORT headers)
set(code "#include \"codegen/cuda/compile/DeviceHeaders.h\"\n\nstatic const sennit::DeviceHeader all[] = {\n")
foreach(name IN LISTS headers)
  file(READ ${FOLDER}/${name} text)
  string(APPEND code "{\"${name}\", R\"sennit:(${text})sennit:\"},\n")
endforeach()
string(APPEND code "};\n\nstd::span<const sennit::DeviceHeader> sennit::deviceHeaders() { return all; }\n\n")
string(APPEND code "std::string sennit::utilityText() {\n  for (const DeviceHeader &header : all)\n"
                   "    if (std::string(header.name) == \"utilities.cu\")\n      return header.text;\n  return {};\n}\n")
file(WRITE ${OUTPUT} "${code}")
