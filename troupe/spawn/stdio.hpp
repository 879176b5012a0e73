// spawn/stdio.hpp - where a standard stream of a child leads.
// Threads: a value.
// Source: stdin(3), open(2).
#pragma once
#include <troupe/base/unique_fd.hpp>

#include <cstdint>
#include <string>

namespace troupe::spawn {

/// What happens to a file that is there already when it is opened for writing.
enum class writing : std::uint8_t { truncate, append };

/// Where a standard stream of the child leads; move-only, since it may own a descriptor.
class stdio {
 public:
  enum class kind : std::uint8_t { inherited, null, piped, descriptor, into_stdout, read_file, write_file };

  /// The parent's own stream; /dev/null where the parent has it closed, so that the child's first open()
  /// cannot land on a standard number.
  [[nodiscard]] static stdio inherit() { return stdio(kind::inherited); }
  [[nodiscard]] static stdio null() { return stdio(kind::null); }
  /// A new pipe; the other end is in the child handle.
  [[nodiscard]] static stdio piped() { return stdio(kind::piped); }
  /// For stderr only: wherever stdout goes.
  [[nodiscard]] static stdio into_stdout() { return stdio(kind::into_stdout); }
  /// `fd` stays open in the parent until the command is destroyed: a parent that keeps the write end of a
  /// pipe never sees its end of file.
  [[nodiscard]] static stdio owned(unique_fd fd);
  /// `fd` must stay open until spawn() has returned.
  [[nodiscard]] static stdio borrowed(int fd);
  /// Opened by each spawn(), in the parent: relative to the parent's directory, with the parent's rights. A
  /// fifo waits for its other end there: open it yourself (pipes/fifo.hpp) and pass it as owned().
  [[nodiscard]] static stdio read_file(std::string path);
  /// As above; made when it is missing, with mode 0666 less the parent's umask.
  [[nodiscard]] static stdio write_file(std::string path, writing how = writing::truncate);

  [[nodiscard]] kind what() const noexcept { return kind_; }
  /// -1 unless what() is descriptor.
  [[nodiscard]] int fd() const noexcept { return number_; }
  /// Empty unless what() is a file.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] writing how() const noexcept { return how_; }

 private:
  explicit stdio(kind what) : kind_(what) {}
  kind kind_;
  unique_fd owned_;
  int number_ = -1;
  std::string path_;
  writing how_ = writing::truncate;
};

}  // namespace troupe::spawn
