#include <troupe/runtime/programs/error_stream.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace troupe::runtime {
namespace {

constexpr std::size_t kept_bytes = 4096;
constexpr std::size_t kept_lines = 10;

}  // namespace

result<error_stream> error_stream::open() {
  auto ends = spawn::make_pipe();
  if (!ends) return tl::unexpected(within("the standard error of programs", ends.error()));
  if (auto set = spawn::set_nonblocking(ends->read_end.get()); !set) return tl::unexpected(set.error());
  return error_stream(std::move(ends->read_end), std::move(ends->write_end));
}

void error_stream::drain() {
  std::array<std::byte, spawn::pipe_capacity> chunk;
  for (std::size_t drained = 0; drained < chunk.size();) {
    const auto got = spawn::read_some(read_end_.get(), chunk);
    if (!got || !*got || **got == 0) return;
    drained += **got;
    const byte_view come(chunk.data(), **got);
    // Nobody listens any more: what it said is kept in any case.
    static_cast<void>(spawn::write_all(STDERR_FILENO, come));
    kept_.append(reinterpret_cast<const char*>(come.data()), come.size());
    if (kept_.size() > kept_bytes) kept_.erase(0, kept_.size() - kept_bytes);
  }
}

std::string error_stream::last_lines() const {
  std::vector<std::string_view> lines;
  for (std::string_view rest = kept_; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (end > 0) lines.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::string text;
  const auto first = lines.size() - std::min(lines.size(), kept_lines);
  for (auto i = first; i < lines.size(); ++i) text += "\n  stderr: " + std::string(lines[i]);
  return text;
}

}  // namespace troupe::runtime
