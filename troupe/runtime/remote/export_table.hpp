// runtime/remote/export_table.hpp - the actors that others reach or may be about to reach: those that are served, and those
// whose address is on its way in a message.
// Threads: every function from any thread; one short lock, inside which nothing else is called.
// Source: docs/wire-format.md, "Addresses in messages".
#pragma once
#include <troupe/actors/remote_types.hpp>
#include <troupe/base/byte_buffer.hpp>
#include <troupe/runtime/remote/records.hpp>
#include <troupe/transport/post.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::runtime {

class export_table;

/// Addresses that are kept for a message until it is sent: when it is not, they are let go.
class kept_addresses {
 public:
  kept_addresses() = default;
  kept_addresses(export_table& in, transport::link_id out, std::vector<std::uint64_t> numbers) noexcept
      : in_(&in), out_(out), numbers_(std::move(numbers)) {}
  kept_addresses(kept_addresses&& other) noexcept
      : in_(std::exchange(other.in_, nullptr)), out_(other.out_), numbers_(std::move(other.numbers_)) {}
  kept_addresses& operator=(kept_addresses other) noexcept {
    std::swap(in_, other.in_);
    std::swap(out_, other.out_);
    std::swap(numbers_, other.numbers_);
    return *this;
  }
  ~kept_addresses();
  /// The message is on its way: whoever gets it says when it needs them no more.
  void sent() noexcept { in_ = nullptr; }

 private:
  export_table* in_ = nullptr;
  transport::link_id out_{};
  std::vector<std::uint64_t> numbers_;
};

class export_table {
 public:
  using link_id = transport::link_id;
  struct exported {
    actors::cell_ref whom;
    std::vector<std::span<const actors::remote_type>> types;  // what may be sent to it
    /// Null: it does not receive a message of that name.
    [[nodiscard]] const actors::remote_type* find(std::string_view name) const noexcept;
  };

  export_table() = default;
  export_table(const export_table&) = delete;
  export_table& operator=(const export_table&) = delete;

  /// From now on addresses are kept for that link.
  void connected(link_id out);
  /// No longer: all that was kept is let go.
  void lost(link_id out);
  /// Writes the cards of `leaving` behind the record, and keeps their actors.
  [[nodiscard]] kept_addresses keep(link_id out, const actors::leaving_addresses& leaving,
                                    byte_buffer& record);
  /// What was kept for that link under those numbers is let go; unknown ones are ignored.
  void release(link_id out, std::span<const std::uint64_t> numbers);

  /// From now on that actor's address is handed on by its name.
  void call(const actors::cell_ref& whom, std::string name);
  /// An actor here is served by one edge more, or by one less.
  void add(const exported& what);
  void remove(std::uint64_t actor);
  /// By its number; nothing when nobody could know it.
  [[nodiscard]] std::optional<exported> find(std::uint64_t actor) const;
  /// How many addresses are kept for messages, for tests.
  [[nodiscard]] std::size_t kept() const;

 private:
  struct entry {
    exported what;
    std::size_t count = 0;
  };
  [[nodiscard]] address_card card_locked(const actors::cell_ref& whom) const;
  void add_locked(const exported& what);
  /// The cell is handed out so that it goes outside of the lock.
  [[nodiscard]] actors::cell_ref remove_locked(std::uint64_t actor);

  mutable std::mutex mutex_;
  std::uint64_t last_number_ = 0;
  std::unordered_map<link_id, std::unordered_map<std::uint64_t, actors::cell_ref>> kept_;
  std::unordered_map<std::uint64_t, entry> exported_;     // by number of the actor
  std::unordered_map<std::uint64_t, std::string> names_;  // of those that go by one, likewise
};

}  // namespace troupe::runtime
