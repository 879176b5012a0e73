// runtime/node/checkpoint_file.hpp - the file in which a slot keeps its checkpoint, held by one process at a time.
// Threads: owned by one member.
// Source: rename(2), flock(2); docs/delivery.md, "Slots".
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/runtime/delivery/checkpoint.hpp>

#include <memory>
#include <optional>
#include <string>

namespace troupe::runtime {

/// Where checkpoints are kept; a twin of tests keeps them in memory.
class checkpoint_store {
 public:
  virtual ~checkpoint_store() = default;
  /// The last one that was written; nothing: there is none yet.
  [[nodiscard]] virtual result<std::optional<checkpoint>> read() = 0;
  /// In the place of the last one, whole or not at all.
  [[nodiscard]] virtual result<> write(const checkpoint& what) = 0;
};

/// Written aside and renamed into place; not synced, since it need not outlive the machine's crash: the run would not.
class checkpoint_file final : public checkpoint_store {
 public:
  /// Waits until whoever holds the file has ended. Errors: those of open(2) and flock(2).
  [[nodiscard]] static result<std::unique_ptr<checkpoint_file>> hold(std::string path);

  [[nodiscard]] result<std::optional<checkpoint>> read() override;
  [[nodiscard]] result<> write(const checkpoint& what) override;

 private:
  checkpoint_file(std::string path, unique_fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  const std::string path_;
  const unique_fd lock_;  // of a file beside it, which is never replaced
};

}  // namespace troupe::runtime
