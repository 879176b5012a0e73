// runtime/programs/argv_template.hpp - the arguments of an external program for one item; never a shell.
// Threads: values.
// Source: docs/programs.md, "Placeholders".
#pragma once
#include <troupe/config/placeholders.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace troupe::runtime {

/// What the placeholders of one item stand for. The views must outlive the call that gets them.
struct item_words {
  std::string_view input;
  std::string_view output;
  bool input_is_path =
      false;  // one that begins with '-' is written with "./" before it, or it would be an option
};

/// "a/b.tar.gz" gives "b.tar.gz".
[[nodiscard]] std::string_view file_name_of(std::string_view path) noexcept;
/// "a/b.tar.gz" gives "b.tar"; ".profile" gives ".profile".
[[nodiscard]] std::string_view file_stem_of(std::string_view path) noexcept;

[[nodiscard]] std::string expand(const config::text_pattern& pattern, const item_words& words);

/// A command as the file has it, read once.
class argv_template {
 public:
  /// Each text is a pattern, as config has checked; what is none stands for itself.
  explicit argv_template(const std::vector<std::string>& command);

  /// The program and its arguments.
  [[nodiscard]] std::vector<std::string> expand(const item_words& words) const;
  /// Whether an argument depends on the item.
  [[nodiscard]] bool holds(config::placeholder what) const noexcept;

 private:
  std::vector<config::text_pattern> arguments_;
};

/// The words as a shell would read them: a line to copy. What no terminal should get stands in $'…', as bash has it.
[[nodiscard]] std::string shell_words(const std::vector<std::string>& argv);
/// For messages: of what no terminal should get and of long words an excerpt; long commands are cut.
[[nodiscard]] std::string quoted(const std::vector<std::string>& argv);

}  // namespace troupe::runtime
