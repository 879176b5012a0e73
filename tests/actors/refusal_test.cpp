// What the compiler says about wrong programs: one error for each mistake, which says what is wrong. Each file in
// compile_fail/ is such a program; its lines "// error: …" hold the sentences. Mistakes that need only a small header
// share a program, because every one costs a start of the compiler.
#include <troupe/base/sanitizers.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <istream>
#include <memory>
#include <sstream>
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

/// The lines of `text` that hold `mark`, from behind it.
std::vector<std::string> lines_with(const std::string& mark, std::istream& text) {
  std::vector<std::string> found;
  for (std::string line; std::getline(text, line);)
    if (const auto at = line.find(mark); at != std::string::npos)
      found.push_back(line.substr(at + mark.size()));
  return found;
}

class refusal : public testing::TestWithParam<std::string> {};

TEST_P(refusal, is_one_error_with_the_sentence) {
  if (troupe::sanitized) {
    GTEST_SKIP() << "what the compiler says does not depend on sanitizers: the plain build looks";
  }
  const fs::path source = folder / (GetParam() + ".cpp");
  std::ifstream program(source);
  const std::vector<std::string> sentences = lines_with("// error: ", program);
  ASSERT_FALSE(sentences.empty());

  const std::string said = compile(source);
  std::istringstream lines(said);
  const std::vector<std::string> errors = lines_with("error: ", lines);
  EXPECT_EQ(errors.size(), sentences.size()) << said;
  for (const std::string& sentence : sentences) {
    const auto says_it = [&](const std::string& error) { return error.find(sentence) != std::string::npos; };
    EXPECT_EQ(std::count_if(errors.begin(), errors.end(), says_it), 1) << sentence << "\n" << said;
  }
}

INSTANTIATE_TEST_SUITE_P(of, refusal, testing::ValuesIn(programs()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace refusal_test
