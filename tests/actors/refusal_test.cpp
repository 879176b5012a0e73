// What the compiler says about wrong programs: one error, which says what is wrong. Each file in
// compile_fail/ is such a program; its first line holds the sentence.
#include <troupe/base/sanitizers.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace refusal_test {
namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path(__FILE__).parent_path() / "compile_fail";

std::vector<std::string> programs() {
  std::vector<std::string> names;
  for (const auto& each : fs::directory_iterator(folder)) names.push_back(each.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

/// What the compiler of this machine prints about `source`.
std::string compile(const fs::path& source) {
  const fs::path root = folder.parent_path().parent_path().parent_path();
  const std::string command =
      "g++ -std=c++20 -fsyntax-only -I'" + root.string() + "' '" + source.string() + "' 2>&1";
  std::string said;
  const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(command.c_str(), "r"), ::pclose);
  for (int c = std::fgetc(output.get()); c != EOF; c = std::fgetc(output.get())) said += static_cast<char>(c);
  return said;
}

class refusal : public testing::TestWithParam<std::string> {};

TEST_P(refusal, is_one_error_with_the_sentence) {
  if (troupe::sanitized) {
    GTEST_SKIP() << "what the compiler says does not depend on sanitizers: the plain build looks";
  }
  const fs::path source = folder / (GetParam() + ".cpp");
  std::ifstream text(source);
  std::string sentence;
  ASSERT_TRUE(std::getline(text, sentence) && sentence.starts_with("// error: "));
  sentence.erase(0, 10);

  const std::string said = compile(source);
  int errors = 0;
  for (auto at = said.find("error:"); at != std::string::npos; at = said.find("error:", at + 1)) ++errors;
  EXPECT_EQ(errors, 1) << said;
  EXPECT_NE(said.find(sentence), std::string::npos) << said;
}

INSTANTIATE_TEST_SUITE_P(of, refusal, testing::ValuesIn(programs()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace refusal_test
