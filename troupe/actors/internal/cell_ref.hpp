// actors/internal/cell_ref.hpp - shared ownership of a cell, for whoever must not see what a cell is.
// Threads: any.
#pragma once
#include <utility>

namespace troupe::actors {

class cell;

void retain(cell& what) noexcept;
void release(cell& what) noexcept;

/// Shares the ownership of a cell: mailbox, identity and end reason; the actor itself goes when it ends. When the last
/// one goes, an actor that is alive and idle ends, because nobody could reach it any more.
class cell_ref {
 public:
  cell_ref() noexcept = default;
  explicit cell_ref(cell& what) noexcept : cell_(&what) { retain(what); }
  cell_ref(const cell_ref& other) noexcept : cell_(other.cell_) {
    if (cell_ != nullptr) retain(*cell_);
  }
  cell_ref(cell_ref&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
  cell_ref& operator=(cell_ref other) noexcept {
    std::swap(cell_, other.cell_);
    return *this;
  }
  ~cell_ref() {
    if (cell_ != nullptr) release(*cell_);
  }

  /// Takes over a count that somebody else retained.
  [[nodiscard]] static cell_ref adopt(cell& what) noexcept {
    cell_ref made;
    made.cell_ = &what;
    return made;
  }

  [[nodiscard]] cell* get() const noexcept { return cell_; }
  explicit operator bool() const noexcept { return cell_ != nullptr; }
  friend bool operator==(const cell_ref&, const cell_ref&) noexcept = default;

 private:
  cell* cell_ = nullptr;
};

}  // namespace troupe::actors
