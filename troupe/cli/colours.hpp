// cli/colours.hpp - what is shown in colours where a person looks at a terminal.
// Threads: plain functions.
// Source: ECMA-48 (SGR); https://no-color.org
#pragma once
#include <string>

namespace troupe::cli {

/// Whether stderr is a terminal that knows colours, and NO_COLOR is unset or empty.
[[nodiscard]] bool stderr_takes_colours();

/// A line of check with its first "error:" in red.
[[nodiscard]] std::string with_red_error(std::string line);
/// The text of the bar: what was started again in yellow, what was given up in red. As wide as before.
[[nodiscard]] std::string with_coloured_incidents(std::string bar);

}  // namespace troupe::cli
