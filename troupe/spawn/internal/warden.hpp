// spawn/internal/warden.hpp - the small process that ends a spawner's groups when the spawner's process has
// died.
// Threads: slots may be taken and given back by any thread; all else by one.
// Source: memfd_create(2), pidfd_open(2).
#pragma once
#include <troupe/base/error.hpp>
#include <troupe/base/shared_memory.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/spawn/child.hpp>
#include <troupe/spawn/internal/warden_table.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace troupe::spawn::internal {

/// The table, and which of its entries are free.
class warden_table {
 public:
  [[nodiscard]] static result<std::shared_ptr<warden_table>> create();
  explicit warden_table(shared_memory memory);

  [[nodiscard]] int descriptor() const noexcept { return memory_.descriptor().get(); }
  [[nodiscard]] std::optional<std::size_t> take();
  void give_back(std::size_t index) noexcept;
  [[nodiscard]] warden_entry& at(std::size_t index) noexcept;

 private:
  shared_memory memory_;
  std::mutex mutex_;
  std::size_t used_ = 0;           // entries below it have been used; under mutex_
  std::vector<std::size_t> free_;  // of those; under mutex_
};

/// One entry, for one child. Moved from or empty: nobody watches. The destructor gives it back.
class warden_slot {
 public:
  warden_slot() = default;
  warden_slot(std::shared_ptr<warden_table> table, std::size_t index) noexcept
      : table_(std::move(table)), index_(index) {}
  warden_slot(warden_slot&&) noexcept = default;
  warden_slot& operator=(warden_slot&& other) noexcept;
  ~warden_slot() { give_back(); }

  /// Where the child writes its group; nullptr when empty.
  [[nodiscard]] warden_entry* entry() const noexcept {
    return table_ != nullptr ? &table_->at(index_) : nullptr;
  }
  /// To be called before the group's leader is reaped: then its number may be somebody else's.
  void clear() noexcept;

 private:
  void give_back() noexcept;
  std::shared_ptr<warden_table> table_;
  std::size_t index_ = 0;
};

/// The process. Caveat: the destructor kills it without a look at the table: end the children first.
class warden {
 public:
  /// Errors: exhausted; permission_denied where programs may not be run from memory (vm.memfd_noexec).
  [[nodiscard]] static result<std::unique_ptr<warden>> start();

  /// Errors: exhausted (warden_entries children at once).
  [[nodiscard]] result<warden_slot> take_slot();
  /// Becomes readable when somebody has killed the warden: then restart() it.
  [[nodiscard]] int pidfd() const noexcept { return process_.pidfd(); }
  [[nodiscard]] pid_t id() const noexcept { return process_.id(); }
  [[nodiscard]] result<> restart();

 private:
  warden(std::shared_ptr<warden_table> table, child process, unique_fd lifeline) noexcept;
  struct started {
    child process;
    unique_fd lifeline;
  };
  static result<started> run_program(int table_fd);

  std::shared_ptr<warden_table> table_;
  child process_;
  unique_fd lifeline_;  // closed by our death at the latest
};

}  // namespace troupe::spawn::internal
