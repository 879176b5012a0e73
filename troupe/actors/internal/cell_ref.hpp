// actors/internal/cell_ref.hpp - what address, context and spawn may ask of a cell, without seeing it.
// Threads: any.
#pragma once
#include <troupe/actors/internal/node.hpp>
#include <troupe/actors/message.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

#include <memory>
#include <string_view>
#include <utility>

namespace troupe::actors {

class cell;
class core;

void retain(cell& what) noexcept;
void release(cell& what) noexcept;

/// Shares the ownership of a cell: mailbox, identity and end reason; the actor itself goes when it ends.
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

inline constexpr nanoseconds default_patience = std::chrono::seconds(5);

/// Delivers by the rules of the receiver's mailbox; what fails becomes a dead letter. `to` may be empty.
result<> send(const cell_ref& to, std::unique_ptr<node> message, nanoseconds patience);
/// Delivers if there is room now. False: `message` is still there, `why` says the reason; no dead letter.
[[nodiscard]] bool try_send(const cell_ref& to, std::unique_ptr<node>& message, rejection& why);
/// Delivers if there is room now; otherwise the question is refused, with the reason. `to` may be empty.
void ask(const cell_ref& to, std::unique_ptr<node> message);
/// For a question put to `to` now; `to` may be empty.
[[nodiscard]] patience patience_of(const cell_ref& to, nanoseconds length) noexcept;

void stop(const cell_ref& whom) noexcept;
void kill(const cell_ref& whom) noexcept;
[[nodiscard]] core& system_of(const cell& whom) noexcept;
[[nodiscard]] actor_id id_of(const cell& whom) noexcept;
[[nodiscard]] std::string_view name_of(const cell& whom) noexcept;

}  // namespace troupe::actors
