#include <troupe/spawn/internal/memory_fence.hpp>
#include <troupe/spawn/internal/small_file.hpp>

#include <dirent.h>
#include <unistd.h>

#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::spawn::internal {
namespace {

/// Numbers in a text, whatever stands between them.
std::vector<std::uint64_t> numbers_in(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(at, end, number);
    if (read.ec == std::errc()) numbers.push_back(number);
    at = read.ptr == at ? at + 1 : read.ptr;
  }
  return numbers;
}

/// Each thread has children of its own.
void add_children(const std::string& process, std::vector<pid_t>& to) {
  const std::unique_ptr<DIR, int (*)(DIR*)> threads(::opendir((process + "/task").c_str()), ::closedir);
  if (threads == nullptr) return;
  while (const dirent* entry = ::readdir(threads.get())) {
    if (entry->d_name[0] == '.') continue;
    const auto children = read_text(process + "/task/" + entry->d_name + "/children");
    if (!children) continue;
    for (const auto id : numbers_in(*children)) to.push_back(static_cast<pid_t>(id));
  }
}

}  // namespace

std::size_t resident_with_descendants(pid_t root) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::size_t bytes = 0;
  std::vector<pid_t> waiting{root};
  // A number may come twice when processes change parents meanwhile; the bound is far above any real tree.
  for (std::size_t looked_at = 0; !waiting.empty() && looked_at < 100'000; ++looked_at) {
    const std::string process = "/proc/" + std::to_string(waiting.back());
    waiting.pop_back();
    const auto sizes = numbers_in(read_text(process + "/statm").value_or(""));  // total, resident, …
    if (sizes.size() > 1) bytes += sizes[1] * page;
    add_children(process, waiting);
  }
  return bytes;
}

}  // namespace troupe::spawn::internal
