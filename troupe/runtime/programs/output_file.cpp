#include <troupe/runtime/programs/output_file.hpp>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace troupe::runtime {
namespace {

constexpr std::size_t longest_name = 255;  // NAME_MAX

/// "" when there is none.
std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return {};
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Of the process that a temporary name was made by; 0: it is none.
pid_t maker_of(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return 0;
  name.remove_prefix(prefix.size());
  pid_t maker = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), maker);
  return failed == std::errc() && end < name.data() + name.size() && *end == '-' ? maker : 0;
}

}  // namespace

output_files::output_files(const std::string& pattern, std::string worker)
    : prefix_(".troupe-" + std::move(worker) + '-'), own_(prefix_ + std::to_string(::getpid()) + '-') {
  auto read = config::read_pattern(pattern);
  pattern_ = read ? std::move(*read) : config::text_pattern{pattern};
  const auto* plain = pattern_.empty() ? nullptr : std::get_if<std::string>(&pattern_.front());
  // All placeholders stand behind the last '/', or there is only one piece of plain text and no matter.
  const bool same_folder =
      std::none_of(pattern_.begin() + (pattern_.empty() ? 0 : 1), pattern_.end(), [](auto& piece) {
        const auto* text = std::get_if<std::string>(&piece);
        return text != nullptr ? text->find('/') != text->npos
                               : std::get<config::placeholder>(piece) == config::placeholder::input;
      });
  if (plain != nullptr && same_folder) remove_what_was_left(folder_of(*plain));
}

void output_files::remove_what_was_left(const std::string& folder) const {
  std::error_code ignored;
  std::filesystem::directory_iterator each(folder.empty() ? "." : folder, ignored);
  for (; !ignored && each != std::filesystem::directory_iterator(); each.increment(ignored)) {
    const auto maker = maker_of(each->path().filename().string(), prefix_);
    const bool lives = maker == ::getpid() || (maker > 0 && (::kill(maker, 0) == 0 || errno == EPERM));
    std::error_code gone;
    if (maker > 0 && !lives) std::filesystem::remove(each->path(), gone);
  }
}

result<std::string> output_files::path_for(const item_words& words) {
  auto path = expand(pattern_, words);
  if (path.find('\0') != path.npos)
    return fail(errc::invalid_argument, "name its output: the item has a NUL character");
  auto folder = folder_of(path);
  if (folder.empty() || folder == made_) return path;
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    return fail(errc::permission_denied,
                "make the folder '" + folder + "' for its output: " + failed.message());
  made_ = std::move(folder);
  return path;
}

result<std::string> output_files::aside(const std::string& path) const {
  const auto folder = folder_of(path);
  std::string name(file_name_of(path));
  if (name.empty()) return fail(errc::invalid_argument, "name its output: '" + path + "' is a folder");
  if (own_.size() + name.size() > longest_name)
    name.erase(0, own_.size() + name.size() - longest_name);  // the extension stays
  auto made = (folder.empty() ? "" : folder == "/" ? "/" : folder + '/') + own_ + name;
  remove_aside(made);
  return made;
}

result<> put_in_place(const std::string& aside, const std::string& path) {
  if (::rename(aside.c_str(), path.c_str()) == 0) return {};
  if (errno == ENOENT) return fail(errc::not_found, "succeeded, but has written nothing to {output}");
  const int why = errno;
  remove_aside(aside);
  return fail(errc_of_errno(why),
              "put its output to '" + path + "': " + std::generic_category().message(why));
}

void remove_aside(const std::string& aside) noexcept {
  ::unlink(aside.c_str());
}

}  // namespace troupe::runtime
