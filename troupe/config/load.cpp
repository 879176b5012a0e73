#include <troupe/base/unique_fd.hpp>
#include <troupe/config/internal/check_actors.hpp>
#include <troupe/config/internal/check_processes.hpp>
#include <troupe/config/internal/checks.hpp>
#include <troupe/config/internal/findings.hpp>
#include <troupe/config/internal/overrides.hpp>
#include <troupe/config/internal/read_actors.hpp>
#include <troupe/config/internal/read_processes.hpp>
#include <troupe/config/internal/read_stages.hpp>
#include <troupe/config/internal/syntax.hpp>
#include <troupe/config/load.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace troupe::config {
namespace {

using unreadable = tl::unexpected<std::string>;

// Designed but not built: they deserve a better answer than "unknown".
constexpr std::string_view later_sections[] = {"resource"};

unreadable because_errno() {
  return unreadable("cannot be read: " + std::generic_category().message(errno));
}

/// nullptr when it is a regular file.
const char* kind_of(const struct stat& found) {
  if (S_ISREG(found.st_mode)) return nullptr;
  if (S_ISDIR(found.st_mode)) return "is a directory, not a configuration file";
  if (S_ISFIFO(found.st_mode)) return "is a pipe, not a configuration file";
  if (S_ISSOCK(found.st_mode)) return "is a socket, not a configuration file";
  return "is a device, not a configuration file";
}

std::string too_large() {
  return ("is larger than " + std::to_string(max_file_bytes) + " bytes, the most a configuration may have");
}

/// The bytes of a regular file. Looks before it opens (opening a device may act on it), and again after (it
/// may have been replaced), never blocking.
tl::expected<std::string, std::string> bytes_of(const std::string& path) {
  if (path.empty()) return unreadable("the path of the configuration file is empty");
  if (path.find('\0') != std::string::npos) return unreadable("is no path: it has a NUL byte");
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return because_errno();
  if (const char* kind = kind_of(found)) return unreadable(kind);
  const unique_fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd || ::fstat(fd.get(), &found) != 0) return because_errno();
  if (const char* kind = kind_of(found)) return unreadable(kind);
  if (found.st_size > static_cast<off_t>(max_file_bytes)) return unreadable(too_large());

  std::string out;
  char piece[64 * 1024];
  for (;;) {
    const ssize_t n = ::read(fd.get(), piece, sizeof piece);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return because_errno();
    if (n == 0) return out;
    out.append(piece, static_cast<std::size_t>(n));
    if (out.size() > max_file_bytes) return unreadable(too_large());
  }
}

file whole_of(std::string path, const std::vector<std::string>& overrides) {
  file out;
  const std::size_t slash = path.rfind('/');
  if (slash != std::string::npos) out.directory = slash == 0 ? "/" : path.substr(0, slash);
  out.path = std::move(path);
  out.overrides = overrides;
  return out;
}

template <class T>
void take_values(std::vector<named<T>>& from, std::vector<T>& to) {
  to.reserve(from.size());
  for (named<T>& each : from) to.push_back(std::move(each.value));
}

}  // namespace

tl::expected<file, diagnostics> load(const std::string& path, const std::vector<std::string>& overrides) {
  auto text = bytes_of(path);
  if (!text) return tl::unexpected(diagnostics{{path, {}, std::move(text.error()), ""}});
  return parse(*text, path, overrides);
}

tl::expected<file, diagnostics> parse(std::string_view text, std::string path,
                                      const std::vector<std::string>& overrides) {
  file whole = whole_of(std::move(path), overrides);
  findings found(whole);
  if (text.size() > max_file_bytes) {
    found.add({}, too_large());
    return tl::unexpected(found.take());
  }
  auto document = read_document(text, found);
  if (!document) return tl::unexpected(found.take());
  apply_overrides(document->root, overrides, found);
  positions unused;
  section top(document->root, "the file", "", unused, found);
  auto stages = read_stages(top, found);
  auto actors = read_actors(top, found);
  auto supervisors = read_supervisors(top, found);
  auto processes = read_processes(top, found);
  top.close(later_sections);

  check_each(stages, found);
  check_names(stages, actors, supervisors, processes, found);
  check_process_names(processes, actors, found);
  if (document->complete) {
    check_together(stages, whole, found);
    check_supervision(supervisors, actors, stages, found);
    place_actors(actors, processes, found);
  }
  if (stages.empty() && actors.empty() && found.empty()) {
    found.add({1, 1}, "there is no stage and no actor, so there is nothing to run",
              "begin one with [stage.NAME] or [actor.NAME]");
  }
  if (!found.empty()) return tl::unexpected(found.take());
  take_values(stages, whole.stages);
  take_values(actors, whole.actors);
  take_values(supervisors, whole.supervisors);
  take_values(processes, whole.processes);
  whole.text = text;
  return whole;
}

std::string resolve(const file& of, std::string_view path) {
  const bool as_it_is = path == "-" || path.starts_with('/') || of.directory.empty();
  if (as_it_is) return std::string(path);
  return of.directory + (of.directory.ends_with('/') ? "" : "/") + std::string(path);
}

}  // namespace troupe::config
