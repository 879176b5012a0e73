#include <troupe/cli/each_inputs.hpp>

#include <glob.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace troupe::cli {

result<std::vector<std::string>> matching_files(const std::vector<std::string>& words) {
  std::vector<std::string> files;
  for (const auto& word : words) {
    struct stat there {};
    if (::lstat(word.c_str(), &there) == 0) {  // a name may look like a pattern
      files.push_back(word);
      continue;
    }
    glob_t found{};
    const int status = ::glob(word.c_str(), GLOB_ERR, nullptr, &found);
    for (std::size_t i = 0; i < found.gl_pathc; ++i) files.emplace_back(found.gl_pathv[i]);
    ::globfree(&found);
    if (status == GLOB_NOMATCH) return fail(errc::not_found, "no file matches '" + word + "'");
    if (status != 0) return fail_errno("look for files that match '" + word + "'");
  }
  return files;
}

line_reader::line_reader(std::function<bool(std::string)> take, std::function<void(result<>)> end)
    : take_(std::move(take)),
      end_(std::move(end)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { read(); }) {}

line_reader::~line_reader() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(stop_.get(), &one, sizeof one));
  thread_.join();
}

bool line_reader::wait_for_input() {
  std::array<pollfd, 2> watched{{{STDIN_FILENO, POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
  while (::poll(watched.data(), watched.size(), -1) < 0)
    if (errno != EINTR) return false;
  return watched[1].revents == 0;
}

void line_reader::read() {
  std::array<char, 1U << 16U> block{};
  std::string line;
  bool wanted = true;
  while (wanted && wait_for_input()) {
    const auto got = ::read(STDIN_FILENO, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return end_(fail_errno("read standard input"));
    if (got == 0) break;
    std::string_view rest(block.data(), static_cast<std::size_t>(got));
    for (auto end = rest.find('\n'); wanted && end != rest.npos; end = rest.find('\n')) {
      line += rest.substr(0, end);
      rest.remove_prefix(end + 1);
      wanted = take_(std::exchange(line, {}));
    }
    line += rest;
  }
  if (wanted && !line.empty()) static_cast<void>(take_(std::move(line)));
  end_({});
}

}  // namespace troupe::cli
