// What the compiler says when a type is refused: run on small programs, because it is a promise to the user.
#include <troupe/base/sanitizers.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace refusal_test {
namespace {

struct outcome {
  std::string text;
  int errors = 0;
};

/// Compiles `body` behind the headers with the compiler of this machine and counts the lines that say error.
outcome compile(const std::string& body) {
  const std::filesystem::path root =
      std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  const std::filesystem::path source =
      std::filesystem::path(testing::TempDir()) / ("troupe_refusal_" + std::to_string(::getpid()) + ".cpp");
  std::ofstream(source) << "#include <troupe/base/codec.hpp>\n#include <troupe/base/json.hpp>\n"
                        << body << "\n";
  const std::string command =
      "g++ -std=c++20 -fsyntax-only -I'" + root.string() + "' '" + source.string() + "' 2>&1";
  outcome out;
  const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(command.c_str(), "r"), ::pclose);
  for (int c = std::fgetc(output.get()); c != EOF; c = std::fgetc(output.get()))
    out.text += static_cast<char>(c);
  for (auto at = out.text.find("error:"); at != out.text.npos; at = out.text.find("error:", at + 1))
    ++out.errors;
  std::filesystem::remove(source);
  return out;
}

void expect_one_error(const std::string& body, const std::string& sentence) {
  if (troupe::sanitized) GTEST_SKIP() << "what the compiler says does not depend on sanitizers";
  const outcome got = compile(body);
  EXPECT_EQ(got.errors, 1) << got.text;
  EXPECT_NE(got.text.find(sentence), std::string::npos) << got.text;
}

TEST(refusal, the_small_program_compiles_when_nothing_is_wrong) {
  if (troupe::sanitized) GTEST_SKIP() << "what the compiler says does not depend on sanitizers";
  EXPECT_EQ(compile("struct hit { int a = 0; };\n"
                    "void f(troupe::byte_buffer& b, std::string& s) { troupe::encode(b, hit{}); "
                    "troupe::to_json(s, hit{}); }")
                .text,
            "");
}

TEST(refusal, encoding_a_pointer_is_one_error_that_names_the_field) {
  expect_one_error(
      "struct hit { int a = 0; char* text = nullptr; };\n"
      "void f(troupe::byte_buffer& b) { troupe::encode(b, hit{}); }",
      "\\'hit\\' is not portable: field \\'text\\' of type \\'char*\\' does not own its data");
}

TEST(refusal, decoding_a_base_class_is_one_error) {
  expect_one_error(
      "struct base { int a = 0; };\nstruct hit : base { int b = 0; };\n"
      "auto f() { return troupe::decode<hit>(troupe::byte_view()); }",
      "\\'hit\\' is not portable: it has a base class, whose fields cannot be seen: make it a field");
}

TEST(refusal, visiting_33_fields_is_one_error) {
  std::string body = "struct large { int f0";
  for (int i = 1; i < 33; ++i) body += ", f" + std::to_string(i);
  expect_one_error(body + "; };\nvoid f(large& l) { troupe::for_each_field(l, [](auto, auto&) {}); }",
                   "\\'large\\' has more than 32 fields: group some of them in a struct");
}

TEST(refusal, a_shape_of_a_c_array_is_one_error) {
  expect_one_error(
      "struct inner { int values[3]; };\nstruct hit { inner in; };\n"
      "auto f() { return troupe::shape_of<hit>(); }",
      "field \\'in\\' of type \\'inner\\' has a C array: use std::array");
}

}  // namespace
}  // namespace refusal_test
