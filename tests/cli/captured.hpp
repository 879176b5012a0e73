// tests/cli/captured.hpp - what is said on std::cout and std::cerr, and a folder for files.
// Threads: one.
#pragma once
#include "../end_to_end/folder.hpp"

#include <troupe/runtime/items.hpp>
#include <troupe/runtime/registry.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <sstream>
#include <streambuf>
#include <string>

namespace troupe::cli {

/// Takes what a stream is told for as long as it lives.
class captured {
 public:
  explicit captured(std::ostream& from) : from_(from), before_(from.rdbuf(text_.rdbuf())) {}
  ~captured() {
    from_.rdbuf(before_);
    from_.clear();
  }
  captured(const captured&) = delete;
  captured& operator=(const captured&) = delete;
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ostream& from_;
  std::streambuf* before_;
};

/// Nothing of it starts a process: verbs end before that, or only check.
class speaking : public ::testing::Test {
 protected:
  speaking() {
    static_cast<void>(stages.add(
        runtime::define_stage("measure", [](line l) { return static_cast<std::int64_t>(l.text.size()); })));
    static_cast<void>(stages.add(runtime::define_stage("twice", [](std::int64_t n) { return 2 * n; })));
    home.write("in.txt", "one\n");
  }
  /// A file with one stage, that is fine.
  std::string fine() {
    home.write("fine.toml",
               "[stage.measure]\nfrom = { files = \"in.txt\" }\nto = { file = \"out.jsonl\" }\n");
    return home.path("fine.toml");
  }
  std::string file(const std::string& text) {
    home.write("play.toml", text);
    return home.path("play.toml");
  }
  const end_to_end::folder home;
  runtime::registry stages;
};

}  // namespace troupe::cli
