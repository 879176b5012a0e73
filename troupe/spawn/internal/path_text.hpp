// spawn/internal/path_text.hpp - paths as system calls want them.
// Threads: pure functions.
#pragma once
#include <troupe/base/error.hpp>

#include <sys/stat.h>

#include <cerrno>
#include <string>

namespace troupe::spawn::internal {

/// "open FIFO '/run/x'"
[[nodiscard]] inline std::string on_path(const char* what, const std::string& path) {
  return std::string(what) + " '" + path + "'";
}

/// invalid_argument where a system call would see another path than ours: one with a NUL inside, or none.
[[nodiscard]] inline result<> check_path(const char* what, const std::string& path) {
  if (path.empty()) return fail(errc::invalid_argument, std::string(what) + ": the path is empty");
  if (const auto at = path.find('\0'); at != path.npos)
    return fail(errc::invalid_argument,
                on_path(what, path.substr(0, at)) + ": there is a NUL in the path behind that");
  return {};
}

/// What is at the path itself: a symbolic link is not followed.
[[nodiscard]] inline result<struct stat> look_at(const char* what, const std::string& path) {
  if (auto sound = check_path(what, path); !sound) return tl::unexpected(std::move(sound.error()));
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return fail_errno(on_path(what, path));
  return found;
}

}  // namespace troupe::spawn::internal
