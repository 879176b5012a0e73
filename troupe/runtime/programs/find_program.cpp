#include <troupe/base/text.hpp>
#include <troupe/runtime/programs/find_program.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace troupe::runtime {
namespace {

result<> check_program(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return fail(errc::not_found, excerpt(path) + " does not exist");
  if (S_ISDIR(found.st_mode)) return fail(errc::wrong_kind, excerpt(path) + " is a folder, not a program");
  if (::access(path.c_str(), X_OK) != 0)
    return fail(errc::permission_denied,
                excerpt(path) + " may not be executed (chmod +x makes a script a program)");
  return {};
}

}  // namespace

result<std::string> find_program(const std::string& name) {
  if (name.find('/') != name.npos) return check_program(name).map([&] { return name; });
  const char* const own = std::getenv("PATH");
  std::string_view rest = own != nullptr ? own : "/bin:/usr/bin";
  result<> nearest_miss = fail(errc::not_found, "there is no program " + excerpt(name) + " in PATH");
  while (true) {
    const auto end = std::min(rest.find(':'), rest.size());
    const std::string folder(rest.substr(0, end));
    const auto path = folder.empty() ? name : folder + '/' + name;
    const auto found = check_program(path);
    if (found) return path;
    if (found.error().code == errc::permission_denied) nearest_miss = found;
    if (end == rest.size()) return tl::unexpected(nearest_miss.error());
    rest.remove_prefix(end + 1);
  }
}

}  // namespace troupe::runtime
