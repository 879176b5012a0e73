#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/cli/example_file.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/init_verb.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <string_view>

namespace troupe::cli {
namespace {

constexpr mode_t readable_by_all = 0666;  // less the umask

/// A file that is there stays as it is, also when it comes at this moment.
result<> write_new(const std::string& path, std::string_view text) {
  const unique_fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, readable_by_all));
  if (!file) return fail_errno("write '" + path + "'");
  while (!text.empty()) {
    const auto written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int why = errno;
      ::unlink(path.c_str());  // half an example helps nobody
      return fail_errno("write '" + path + "'", why);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

int init_verb(const init_request& what, const runtime::registry& program) {
  const auto command = std::filesystem::path(what.argv0).filename().string();
  if (what.file == "-") {
    std::cout << example_file("pipeline.toml", command, program);
    return exit_done;
  }
  const auto name = std::filesystem::path(what.file).filename().string();
  if (!is_plain_name(name)) {
    std::cerr
        << "error: write '" << what.file
        << "': the example reads its own lines, so its name has to be of plain letters; choose a name like "
           "pipeline.toml\n";
    return exit_usage;
  }
  const auto written = write_new(what.file, example_file(name, command, program));
  if (!written) {
    std::cerr << "error: " << written.error().message()
              << (written.error().code == errc::already_exists ? "; it is left as it is: name another file"
                                                               : "")
              << '\n';
    return exit_output;
  }
  std::cerr << "wrote " << what.file << "; try:  " << what.argv0 << " run " << what.file << '\n';
  return exit_done;
}

}  // namespace troupe::cli
