# How every target of the tree is built: warnings, sanitizers, linker, rooms and tests.

if(TROUPE_WERROR)
  add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
    -Wno-missing-field-initializers
    -Wno-restrict  # g++ 12: false reports inside std::string operator+ (GCC bug 105651)
    -Werror)
else()  # the preset dev warns; optimised, sanitized or in pieces g++ 12 warns of what is not there
  add_compile_options(-w)
endif()
if(TROUPE_SANITIZE)
  add_compile_options(-fsanitize=${TROUPE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TROUPE_SANITIZE})
  string(APPEND CMAKE_EXE_LINKER_FLAGS " -no-pie")  # a tenth of such a program's start goes into relocating it
endif()

if(DEFINED ENV{CI} AND TROUPE_WERROR)  # no debugger is asked there; a tenth of g++'s time goes into what it would read
  add_compile_options(-g0)
endif()

find_program(TROUPE_MOLD mold)
if(TROUPE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
find_program(TROUPE_CCACHE ccache)
if(TROUPE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${TROUPE_CCACHE})
endif()

find_package(Threads REQUIRED)

# What shortens a build. Tests are compiled several files at once (each file has a namespace of its own), and so are the
# rooms. What a batch hides, a missing include, is for the rule script and for ./dev lint.
function(troupe_several_at_once target files)
  if(TROUPE_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${files})
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)  # g++ takes an included .cpp for a header
  endif()
endfunction()

# A program of tests. Nobody optimises it. Under sanitizers it has a precompiled header, too: with -Werror g++ 12 would
# trip over false warnings for what comes out of it.
function(troupe_test_program target)
  if(TROUPE_SANITIZE)
    troupe_several_at_once(${target} 16)
  else()
    troupe_several_at_once(${target} 8)
  endif()
  target_compile_options(${target} PRIVATE -O0)
  if(TROUPE_SANITIZE)
    target_precompile_headers(${target} REUSE_FROM precompiled_tests)
  endif()
endfunction()
if(TROUPE_SANITIZE AND TROUPE_TESTS)
  find_package(GTest REQUIRED)
  file(CONFIGURE OUTPUT ${troupe_BINARY_DIR}/precompiled.cpp CONTENT "")
  add_library(precompiled_tests OBJECT EXCLUDE_FROM_ALL ${troupe_BINARY_DIR}/precompiled.cpp)
  target_compile_options(precompiled_tests PRIVATE -O0)
  target_link_libraries(precompiled_tests PRIVATE GTest::gtest)
  target_precompile_headers(precompiled_tests PRIVATE <algorithm> <array> <chrono> <filesystem> <fstream> <functional>
    <map> <memory> <mutex> <optional> <random> <string> <thread> <unordered_map> <variant> <vector> <gtest/gtest.h>)
endif()

# troupe_room(base DEPENDS ... PRIVATE ...): the library of one room, from every .cpp below its folder.
# DEPENDS are the rooms and public libraries it may include; PRIVATE are third-party libraries seen in .cpp only.
function(troupe_room name)
  cmake_parse_arguments(arg "" "" "DEPENDS;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${troupe_SOURCE_DIR}/troupe/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(troupe_${name} STATIC ${sources})
  add_library(troupe::${name} ALIAS troupe_${name})
  target_include_directories(troupe_${name} PUBLIC ${troupe_SOURCE_DIR})
  target_compile_features(troupe_${name} PUBLIC cxx_std_20)
  target_link_libraries(troupe_${name} PUBLIC Threads::Threads ${arg_DEPENDS} PRIVATE ${arg_PRIVATE})
  if(TROUPE_WERROR)  # what is edited: a change of one file compiles its batch
    troupe_several_at_once(troupe_${name} 6)
  else()
    troupe_several_at_once(troupe_${name} 12)
  endif()
endfunction()

# troupe_ctests(base_test base [PARTS 4] [TIMEOUT 300] [FILTER -a/*]): ctest sees each TEST of a program and gives it a
# process of its own. Under sanitizers, whose processes are slow to start, a test of ctest is a part of the program, with
# PARTS 4 every fourth TEST of it in one process that may take 600 s. There FILTER applies, in gtest's words.
function(troupe_ctests target name)
  cmake_parse_arguments(arg "" "PARTS;TIMEOUT;FILTER" "" ${ARGN})
  if(NOT TROUPE_SANITIZE)
    gtest_discover_tests(${target} TEST_PREFIX "${name}/" DISCOVERY_MODE PRE_TEST
      PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS ${name})
    return()
  endif()
  if(NOT arg_PARTS)
    set(arg_PARTS 1)
  endif()
  foreach(part RANGE 1 ${arg_PARTS})
    set(test ${name})
    if(arg_PARTS GREATER 1)
      set(test "${name}/part_${part}_of_${arg_PARTS}")
    endif()
    math(EXPR index "${part} - 1")
    add_test(NAME ${test} COMMAND ${target} "--gtest_filter=*${arg_FILTER}")
    set_tests_properties(${test} PROPERTIES TIMEOUT 600 LABELS ${name}
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${arg_PARTS};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()

# troupe_tests(base LIBS ... [PARTS 4] [THREADED log|threads]): one test program per room, from every *_test.cpp below
# tests/<room>. Of THREADED tests alone ThreadSanitizer has something to say; default: all.
function(troupe_tests name)
  cmake_parse_arguments(arg "" "PARTS;THREADED" "LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${troupe_SOURCE_DIR}/tests/${name}/*_test.cpp)
  if(TROUPE_SANITIZE STREQUAL "thread" AND DEFINED arg_THREADED)
    list(FILTER sources INCLUDE REGEX "/(${arg_THREADED})_test\\.cpp$")
  endif()
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_test ${sources})
  target_link_libraries(${name}_test PRIVATE ${arg_LIBS} GTest::gtest GTest::gtest_main)
  troupe_test_program(${name}_test)
  troupe_ctests(${name}_test ${name} PARTS "${arg_PARTS}" TIMEOUT 300)
endfunction()
