// Any text as a configuration file. What stands behind a byte 0x1E is not part of it: one --set each.
#include "../promise.hpp"

#include <troupe/base/text.hpp>
#include <troupe/config/load.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace troupe;
using namespace troupe::config;
using fuzz::promise;

std::vector<std::string> parts_of(std::string_view input) {
  std::vector<std::string> out;
  for (;;) {
    const std::size_t end = std::min(input.find('\x1e'), input.size());
    out.emplace_back(input.substr(0, end));
    if (end == input.size()) return out;
    input.remove_prefix(end + 1);
  }
}

bool one_clean_line(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

/// The characters of each line, counted as bytes that begin one.
std::vector<std::size_t> widths(std::string_view text) {
  std::vector<std::size_t> out{0};
  for (const char c : text) {
    if (c == '\n') {
      out.push_back(0);
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++out.back();
    }
  }
  return out;
}

class checker {
 public:
  explicit checker(const std::vector<std::string>& parts)
      : widths_(widths(parts[0])), overrides_(parts.size() - 1) {}

  void position_is_sensible(const position& at) const {
    promise(at.override_number <= overrides_, "a position in a --set names one that was given");
    if (at.override_number != 0 || at == position{}) return;
    promise(at.line >= 1 && at.line <= widths_.size(), "a position lies on a line of the text");
    // One past the last character: where something is missing.
    promise(at.column >= 1 && at.column <= widths_[at.line - 1] + 1, "a position lies within its line");
  }

  void errors_are_sensible(const diagnostics& errors) const {
    promise(!errors.empty(), "a file that is refused has an error");
    promise(errors.size() <= max_diagnostics + 1, "errors are listed up to a limit");
    for (const diagnostic& each : errors) {
      promise(!each.message.empty() && one_clean_line(each.message) && one_clean_line(each.hint),
              "a message is one line without control characters");
      promise(is_utf8(each.message) && is_utf8(each.hint), "a message is UTF-8");
      promise(each.message.size() + each.hint.size() < 2000, "a message is short");
      position_is_sensible(each.at);
    }
    const auto place = [](const diagnostic& of) {
      return std::tuple(of.at.override_number, of.at.line, of.at.column);
    };
    const auto last = errors.size() > max_diagnostics ? errors.end() - 1 : errors.end();  // "n more errors"
    promise(std::is_sorted(errors.begin(), last,
                           [&](const auto& a, const auto& b) { return place(a) < place(b); }),
            "errors come in the order of the file, those of --set last");
  }

  template <class Named>
  void named_are_sensible(const std::vector<Named>& all) const {
    for (const Named& each : all) {
      promise(!each.name.empty() && each.name.size() <= 64, "a name has 1 to 64 characters");
      for (const auto& [key, at] : each.at) position_is_sensible(at);
    }
  }

 private:
  std::vector<std::size_t> widths_;
  std::size_t overrides_;
};

void check_ranges(const file& whole) {
  promise(!whole.stages.empty() || !whole.actors.empty(), "an accepted file has something to run");
  for (const stage& each : whole.stages) {
    promise(each.workers >= 1 && each.workers <= 1024, "a stage has 1 to 1024 workers");
    promise(each.max_attempts >= 1 && each.max_attempts <= 1000, "an item has 1 to 1000 attempts");
    promise(each.from_source.has_value() == each.from_stages.empty(),
            "a stage has a source or stages before it");
    for (const std::string& from : each.from_stages) {
      promise(std::ranges::any_of(whole.stages, [&](const stage& other) { return other.name == from; }),
              "the stages before a stage exist");
    }
  }
}

void check_places(const file& whole) {
  for (const actor& each : whole.actors) {
    if (each.place != actor::placement::process) {
      promise(each.process.empty(), "only an actor in another process names one");
      continue;
    }
    promise(each.process == each.name ||
                std::ranges::any_of(whole.processes,
                                    [&](const config::process& other) { return other.name == each.process; }),
            "the process of an actor is its own or one of the file");
  }
  for (const config::process& each : whole.processes) {
    promise(std::ranges::any_of(whole.actors, [&](const actor& other) { return other.process == each.name; }),
            "a process of the file has an actor");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::string> parts = parts_of({reinterpret_cast<const char*>(data), size});
  const std::vector<std::string> overrides(parts.begin() + 1, parts.end());
  const std::clock_t began = std::clock();  // of the processor: a busy machine does not count
  const auto loaded = parse(parts[0], "folder/p.toml", overrides);
  promise(std::clock() - began < CLOCKS_PER_SEC, "a file is read within a second");
  const checker check(parts);
  if (!loaded) {
    check.errors_are_sensible(loaded.error());
    return 0;
  }
  check_ranges(*loaded);
  check.named_are_sensible(loaded->stages);
  check.named_are_sensible(loaded->actors);
  check.named_are_sensible(loaded->supervisors);
  check.named_are_sensible(loaded->processes);
  check_places(*loaded);
  promise(loaded->text == parts[0], "an accepted file keeps its text");
  return 0;
}
