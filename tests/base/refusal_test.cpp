// What the compiler says when a type is refused: run on small programs, because it is a promise to the user.
#include <troupe/base/sanitizers.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace refusal_test {
namespace {

/// What the compiler of this machine says about `body` behind the headers.
std::string compile(const std::string& body) {
  const std::filesystem::path root =
      std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  const std::filesystem::path source =
      std::filesystem::path(testing::TempDir()) / ("troupe_refusal_" + std::to_string(::getpid()) + ".cpp");
  std::ofstream(source) << "#include <troupe/base/codec.hpp>\n#include <troupe/base/json.hpp>\n"
                        << body << "\n";
  const std::string command =
      "g++ -std=c++20 -fsyntax-only -I'" + root.string() + "' '" + source.string() + "' 2>&1";
  std::string said;
  const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(command.c_str(), "r"), ::pclose);
  for (int c = std::fgetc(output.get()); c != EOF; c = std::fgetc(output.get())) said += static_cast<char>(c);
  std::filesystem::remove(source);
  return said;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

struct mistake {
  std::string body;
  std::string sentence;
};

std::string large_struct() {
  std::string body = "struct large { int f0";
  for (int i = 1; i < 33; ++i) body += ", f" + std::to_string(i);
  return body + "; };\n";
}

std::vector<mistake> mistakes() {
  return {{"namespace a { struct hit { int a = 0; char* text = nullptr; };\n"
           "void f(troupe::byte_buffer& b) { troupe::encode(b, hit{}); } }",
           "\\'hit\\' is not portable: field \\'text\\' of type \\'char*\\' does not own its data"},
          {"namespace b { struct base { int a = 0; };\nstruct hit : base { int b = 0; };\n"
           "auto f() { return troupe::decode<hit>(troupe::byte_view()); } }",
           "\\'hit\\' is not portable: it has a base class, whose fields cannot be seen: make it a field"},
          {large_struct() + "void f(large& l) { troupe::for_each_field(l, [](auto, auto&) {}); }",
           "\\'large\\' has more than 32 fields: group some of them in a struct"},
          {"namespace c { struct inner { int values[3]; };\nstruct hit { inner in; };\n"
           "auto f() { return troupe::shape_of<hit>(); } }",
           "field \\'in\\' of type \\'inner\\' has a C array: use std::array"}};
}

TEST(refusal, a_program_compiles_when_nothing_is_wrong) {
  if (troupe::sanitized) GTEST_SKIP() << "what the compiler says does not depend on sanitizers";
  EXPECT_EQ(compile("struct hit { int a = 0; };\n"
                    "void f(troupe::byte_buffer& b, std::string& s) { troupe::encode(b, hit{}); "
                    "troupe::to_json(s, hit{}); }"),
            "");
}

// One program for all, because each costs a start of the compiler.
TEST(refusal, each_mistake_is_one_error_that_names_the_field) {
  if (troupe::sanitized) GTEST_SKIP() << "what the compiler says does not depend on sanitizers";
  std::string program;
  for (const mistake& each : mistakes()) program += each.body + "\n";
  const std::string said = compile(program);
  EXPECT_EQ(count(said, "error:"), mistakes().size()) << said;
  for (const mistake& each : mistakes())
    EXPECT_EQ(count(said, each.sentence), 1U) << each.sentence << "\n" << said;
}

}  // namespace
}  // namespace refusal_test
