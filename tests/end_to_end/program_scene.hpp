// tests/end_to_end/program_scene.hpp - a folder with a file for a run of external programs, and looks at what came of it.
// Threads: one owner.
#pragma once
#include "program.hpp"

namespace troupe::end_to_end {

/// A scene with files of its own; scripts are written where they are needed.
class program_scene : public testing::Test {
 protected:
  ended run_file(const std::string& toml, program_options options = {}) {
    home.write("play.toml", toml);
    return run(home, {"run", "play.toml"}, std::move(options));
  }
  std::vector<std::string> out_lines() const { return lines_of(home.read("out.txt")); }
  /// The text of all evidence.
  std::string evidence() const {
    std::string all;
    for (const auto& name : home.list("quarantine"))
      if (name.ends_with(".json")) all += home.read("quarantine/" + name);
    return all;
  }
  void write_numbers(int count) const {
    std::string text;
    for (int i = 1; i <= count; ++i) text += std::to_string(i) + '\n';
    home.write("in.txt", text);
  }
  folder home;
};

inline testing::AssertionResult holds_text(const std::string& text, const std::string& wanted) {
  if (text.find(wanted) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << '\'' << wanted << "' is not in: " << text;
}

/// What follows the keys of a stage of lines.
constexpr auto from_lines = R"(
from = { files = "in.txt", split = "lines" }
to   = { file = "out.txt", format = "lines" }
)";

}  // namespace troupe::end_to_end
