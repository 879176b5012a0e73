// runtime/remote/served_edge.hpp - one actor of this process as somebody elsewhere reaches it: what arrives, and what goes back.
// Threads: every function from any thread; one short lock per edge.
// Source: docs/wire-format.md, "Records of actors".
#pragma once
#include <troupe/actors/remote_port.hpp>
#include <troupe/actors/remote_types.hpp>
#include <troupe/base/log.hpp>
#include <troupe/runtime/remote/export_table.hpp>
#include <troupe/runtime/remote/records.hpp>
#include <troupe/transport/credit.hpp>
#include <troupe/transport/post.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace troupe::runtime {

/// One message or question of a run.
struct arrived_message {
  const actors::remote_type* type = nullptr;
  bytes record;
  std::uint32_t at = 0, length = 0;                 // where in it the message is
  std::uint64_t question = 0;                       // its number; 0: nobody asks
  steady::time_point ends;                          // how long whoever asked waits
  std::shared_ptr<actors::arrived_addresses> with;  // null: none
};

/// How many messages a run record has, all of it looked at; 0: it has none, or is cut off.
[[nodiscard]] std::size_t messages_in_run(const bytes& record) noexcept;

class served_edge : public std::enable_shared_from_this<served_edge> {
 public:
  /// `types`: what the open order named, in its order. The post is used until detach().
  served_edge(transport::post& post, std::shared_ptr<transport::line> line, transport::link_id out,
              std::uint32_t number, actors::cell_ref whom, std::vector<const actors::remote_type*> types,
              transport::window window, logger log, std::shared_ptr<export_table> exports)
      : out_(out),
        number_(number),
        whom_(std::move(whom)),
        types_(std::move(types)),
        log_(std::move(log)),
        exports_(std::move(exports)),
        lot_(std::clamp<std::uint32_t>(window.items / 8, 1, 32)),
        line_(std::move(line)),
        post_(&post),
        returns_(window) {}

  [[nodiscard]] const actors::cell_ref& whom() const noexcept { return whom_; }
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  /// Reads what is behind the head of a message or question; the reader stands behind its head. Errors: malformed: no such
  /// type, or too short.
  [[nodiscard]] result<> read(const record_head& head, record_reader& from, arrived_message& into);
  /// Into the mailbox, as one entry. Errors: malformed: no credit for them.
  [[nodiscard]] result<> deliver(std::vector<arrived_message>&& run);
  /// The same for a run record, whose head was read. Errors: likewise, or it is no run.
  [[nodiscard]] result<> deliver_run(const record_head& head, const bytes& record);
  /// Some of them have left the mailbox.
  void dequeued(transport::window taken);
  /// So many are told of together.
  [[nodiscard]] std::uint32_t lot() const noexcept { return lot_; }
  void say(const edge_news& what);
  void answer(std::uint64_t question, byte_buffer& reply, bytes rest, const actors::leaving_addresses& with);
  void fail(std::uint64_t question, const error& why);
  /// Hands one message to `actor`; when it cannot be read, the link ends.
  void hand(const actors::remote_type& as, actors::behaviour& actor, actors::delivery& what,
            byte_view message, const bytes& record, actors::arrived_addresses* with,
            std::unique_ptr<actors::asker> from);
  /// Somebody at the other side broke the protocol: its link ends.
  void broken(const error& why);
  /// From now on nothing is said, and the post is not used.
  void detach() noexcept;

 private:
  /// False: nobody listens any more.
  bool send(byte_buffer& record, bytes rest = {}, bool at_once = false);

  const transport::link_id out_;
  const std::uint32_t number_;
  const actors::cell_ref whom_;
  const std::vector<const actors::remote_type*> types_;
  const logger log_;
  const std::shared_ptr<export_table> exports_;
  const std::uint32_t lot_;
  std::mutex mutex_;
  const std::shared_ptr<transport::line> line_;
  transport::post* post_;  // until detach()
  transport::credit_returns returns_;
};

}  // namespace troupe::runtime
