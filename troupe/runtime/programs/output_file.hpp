// runtime/programs/output_file.hpp - where a program writes the file of its item: aside, then renamed into place.
// Threads: owned by one stage body.
// Source: rename(2); docs/programs.md, "Files".
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/runtime/programs/argv_template.hpp>

#include <string>

namespace troupe::runtime {

/// The files of one worker. The temporary name lies in the folder of the file, as only there a rename is one step, and
/// ends with the file's name, as programs look at its extension: "thumbs/.troupe-thumb.0-4711-a.jpg".
class output_files {
 public:
  /// `worker` names the slot, "thumb.0". What a killed predecessor has left behind is removed, where the folder is
  /// the same for all items.
  output_files(const std::string& pattern, std::string worker);

  /// Where the file of an item goes. Its folder is made when it is missing. Errors: those of making it.
  [[nodiscard]] result<std::string> path_for(const item_words& words);
  /// Where the program is to write it; nothing stands there.
  [[nodiscard]] result<std::string> aside(const std::string& path) const;

 private:
  void remove_what_was_left(const std::string& folder) const;

  config::text_pattern pattern_;
  std::string prefix_;  // ".troupe-thumb.0-"
  std::string own_;     // prefix_ with our process
  std::string made_;    // the folder that was seen last
};

/// The program has succeeded. Errors: not_found when it has written nothing there, those of rename(2).
[[nodiscard]] result<> put_in_place(const std::string& aside, const std::string& path);
/// The program has failed; what it has written goes.
void remove_aside(const std::string& aside) noexcept;

}  // namespace troupe::runtime
