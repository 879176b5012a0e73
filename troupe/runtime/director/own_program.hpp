// runtime/director/own_program.hpp - the file that this process runs, and what has become of it and of our terminal.
// Threads: any.
// Source: proc(5) /proc/self/exe, credentials(7).
#pragma once
#include <string>

namespace troupe::runtime {

/// What to start for another process of the same program, also when another file stands at its path by now. Under our own
/// id: a child that looked up /proc/self/exe before its exec would have an entry of its own there, and whoever waits for a
/// killed process takes its entries out of the kernel's cache first: by waiting busily, for seconds where many processes
/// want two processors (Linux 6.18).
[[nodiscard]] std::string running_image();

/// As they were when it was made.
class own_program {
 public:
  own_program();
  /// The path of this program, when another file stands there now (a new version of it); else empty.
  [[nodiscard]] std::string successor() const;
  /// It had a controlling terminal, which has been closed: that is what a SIGHUP then tells.
  [[nodiscard]] bool terminal_is_gone() const;
  /// Whoever started it wanted it to outlive its terminal, which has been closed: nohup(1).
  [[nodiscard]] bool ignores_hangup() const { return outlives_terminal_ && terminal_is_gone(); }

 private:
  std::string path_;
  bool had_terminal_ = false;
  bool outlives_terminal_ = false;
};

}  // namespace troupe::runtime
