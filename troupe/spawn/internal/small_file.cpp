#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/internal/small_file.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <fcntl.h>

#include <array>
#include <charconv>

namespace troupe::spawn::internal {

std::optional<std::string> read_text(const std::string& path) {
  const unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text;
  std::array<std::byte, 16 * 1024> chunk;
  for (;;) {
    const auto got = read_some(file.get(), chunk);
    if (!got || !*got) return std::nullopt;
    if (**got == 0) return text;
    text.append(reinterpret_cast<const char*>(chunk.data()), **got);
  }
}

bool write_text(const std::string& path, std::string_view text) {
  const unique_fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return false;
  return write_all(file.get(), as_bytes_view(text)).has_value();
}

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key) {
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ') {
      std::uint64_t number = 0;
      const auto read = std::from_chars(line.data() + key.size() + 1, line.data() + line.size(), number);
      if (read.ec == std::errc()) return number;
    }
    at += line.size() + 1;
  }
  return std::nullopt;
}

}  // namespace troupe::spawn::internal
