// runtime/remote/claim.hpp - addresses that came with a message: what is known of each, and the right to reach it.
// Threads: claims and voices from any thread; arrived_cards belongs to whoever has the message.
// Source: docs/wire-format.md, "Addresses in messages".
#pragma once
#include <troupe/actors/remote_types.hpp>
#include <troupe/runtime/remote/edge_owner.hpp>
#include <troupe/runtime/remote/export_table.hpp>
#include <troupe/runtime/remote/records.hpp>
#include <troupe/transport/post.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace troupe::runtime {

/// What can be said to a node, by those who may outlive the connection.
class node_voice {
 public:
  explicit node_voice(std::shared_ptr<transport::line> on) noexcept : line_(std::move(on)) {}
  void say(const edge_order& what) noexcept {
    const std::lock_guard lock(mutex_);
    if (line_ == nullptr) return;
    const auto record = written(record_kind::order, 0, what);
    line_->send(actors_channel.number, record.view(), {});
  }
  /// From now on the link is not used.
  void detach() noexcept {
    const std::lock_guard lock(mutex_);
    line_ = nullptr;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<transport::line> line_;
};

/// Whoever sent the address keeps its actor until this goes.
class claim {
 public:
  claim(std::shared_ptr<node_voice> to, std::uint64_t number) noexcept
      : to_(std::move(to)), number_(number) {}
  claim(const claim&) = delete;
  claim& operator=(const claim&) = delete;
  ~claim() { to_->say(release_addresses{{number_}}); }

 private:
  const std::shared_ptr<node_voice> to_;
  const std::uint64_t number_;
};

/// An address that came, before anybody knows what may be sent to it.
struct arrived_card {
  address_card card;  // its node is named, also when that is the sender
  std::shared_ptr<claim> right;
  std::optional<export_table::exported> own;  // an actor of this process
};

class arrived_cards final : public actors::arrived_addresses {
 public:
  arrived_cards(std::shared_ptr<edge_owner> owner, std::vector<arrived_card> all) noexcept
      : owner_(std::move(owner)), all_(std::move(all)), taken_(all_.size()) {}
  /// Each once: nobody writes one twice, and each may cost an actor.
  [[nodiscard]] actors::cell_ref take(std::size_t index, std::span<const actors::remote_type> types,
                                      const actors::actor_class& stand_in) override {
    if (index >= all_.size() || taken_[index]) return {};
    taken_[index] = true;
    return owner_->meet(all_[index], types, stand_in);
  }

 private:
  const std::shared_ptr<edge_owner> owner_;
  const std::vector<arrived_card> all_;
  std::vector<bool> taken_;
};

}  // namespace troupe::runtime
