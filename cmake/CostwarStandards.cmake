# What every target of costwar is compiled with, and the helper that declares a folder's library.

add_library(costwar_standards INTERFACE)
target_compile_features(costwar_standards INTERFACE cxx_std_20)
target_include_directories(costwar_standards INTERFACE "${CMAKE_SOURCE_DIR}")
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

target_compile_options(costwar_standards INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Wsign-conversion>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${COSTWAR_WARNINGS_AS_ERRORS}>>:-Werror>)

if(COSTWAR_SANITIZE)
  target_compile_options(costwar_standards INTERFACE
    -fsanitize=${COSTWAR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(costwar_standards INTERFACE -fsanitize=${COSTWAR_SANITIZE})
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
  if(COSTWAR_PRECOMPILE)  # without these ccache keeps nothing that was compiled with a precompiled header
    list(PREPEND CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros)
  endif()
endif()

if(COSTWAR_PRECOMPILE)  # some of the libraries ask for it, and what shares a precompiled header must agree
  target_compile_options(costwar_standards INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-pthread>)
  if(CMAKE_CXX_COMPILER_LAUNCHER AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # ccache asks for it
    target_compile_options(costwar_standards INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  endif()
endif()

if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # takes the sources that are put together for headers
  target_compile_options(costwar_standards INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)
endif()

# costwar_precompiled(target owner): where COSTWAR_PRECOMPILE is on, the target reads the headers of others that most
# files read from what its owner (declared before it) has precompiled; the owner itself precompiles them.
function(costwar_precompiled target owner)
  if(NOT COSTWAR_PRECOMPILE)
    return()
  elseif(target STREQUAL owner)
    target_precompile_headers(${target} PRIVATE "${CMAKE_SOURCE_DIR}/cmake/precompiled.h")
    target_compile_options(${target} PRIVATE "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  else()
    target_precompile_headers(${target} REUSE_FROM ${owner})
  endif()
endfunction()

# costwar_library(core SOURCES money.cpp ... LINKS fmt::fmt ... PRIVATE_LINKS CURL::libcurl ...)
# declares the folder's static library as costwar_<name>. LINKS among our own libraries are the allowed includes.
function(costwar_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(costwar_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(costwar_${name} PUBLIC costwar_standards ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
  costwar_precompiled(costwar_${name} costwar_core)
endfunction()

# costwar_test(core SOURCES money_test.cpp ... LINKS costwar_core) declares the doctest runner of tests/<folder>; it runs in the source root.
# LONG: takes minutes under the sanitizers. tools/test runs what is long with the optimised program, and the other suites
# under the sanitizers; the targets `suites` and `long_checks` build what either needs.
function(costwar_test folder)
  cmake_parse_arguments(ARG "LONG;ON_DEMAND" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${folder}_tests ${ARG_SOURCES})
  target_link_libraries(${folder}_tests PRIVATE costwar_test_main ${ARG_LINKS})
  costwar_precompiled(${folder}_tests costwar_test_main)
  add_test(NAME ${folder} COMMAND ${folder}_tests --no-path-filenames=true
           WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  if(ARG_ON_DEMAND)
    set(kind on_demand)
    set_target_properties(${folder}_tests PROPERTIES EXCLUDE_FROM_ALL ON)
  elseif(ARG_LONG)
    set(kind long)
    add_dependencies(long_checks ${folder}_tests)
  else()
    set(kind suite)
    add_dependencies(suites ${folder}_tests)
  endif()
  set_tests_properties(${folder} PROPERTIES TIMEOUT 900 LABELS ${kind})
endfunction()
