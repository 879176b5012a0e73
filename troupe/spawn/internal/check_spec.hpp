// spawn/internal/check_spec.hpp - refuses what can be refused without a child.
// Threads: pure functions, but for asking whether descriptors are open.
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/spawn/command.hpp>

#include <string>

namespace troupe::spawn::internal {

[[nodiscard]] bool is_open(int fd);
/// "start '/opt/ocr'".
[[nodiscard]] std::string starting(const command_spec& spec);
/// Errors: invalid_argument, with what is wrong and where.
[[nodiscard]] result<> check_spec(const command_spec& spec);

}  // namespace troupe::spawn::internal
