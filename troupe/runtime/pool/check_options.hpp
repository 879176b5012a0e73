// runtime/pool/check_options.hpp - whether options of a pool are within their ranges, which are those of the keys of a file.
// Threads: any.
// Source: base/allowed.hpp.
#pragma once
#include <troupe/runtime/pool/pool_options.hpp>

#include <optional>
#include <string>

namespace troupe::runtime {

/// The first that is not, with its value and what it may be: "worker.nice is 20; -20 to 19". Nothing: all are.
[[nodiscard]] std::optional<std::string> wrong_option(const pool_options& how);

}  // namespace troupe::runtime
