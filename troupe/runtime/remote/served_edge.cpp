#include <troupe/runtime/remote/served_edge.hpp>
#include <troupe/transport/limits.hpp>

#include <cstring>
#include <string>
#include <utility>

namespace troupe::runtime {
namespace {

/// The room of a record from here on is given back at once.
constexpr std::size_t large_record = 16U << 10U;
/// In front of each message of a run: its length.
constexpr std::size_t entry_head = sizeof(std::uint32_t);

class asker_elsewhere final : public actors::asker {
 public:
  asker_elsewhere(std::shared_ptr<served_edge> edge, std::uint64_t question) noexcept
      : edge_(std::move(edge)), question_(question) {}
  /// The question could not be read, or its reading threw.
  ~asker_elsewhere() override {
    if (!said_) edge_->fail(question_, {errc::closed, "the question was not handled", 0});
  }
  void answer(byte_buffer& reply, bytes rest, const actors::leaving_addresses& with) noexcept override {
    said_ = true;
    edge_->answer(question_, reply, std::move(rest), with);
  }
  void fail(const error& why) noexcept override {
    said_ = true;
    edge_->fail(question_, why);
  }

 private:
  const std::shared_ptr<served_edge> edge_;
  const std::uint64_t question_;
  bool said_ = false;
};

/// What one frame brought for one actor: an entry of its mailbox, decoded message by message in its turns.
class arrived_run final : public actors::node {
 public:
  arrived_run(std::shared_ptr<served_edge> edge, std::vector<arrived_message>&& all) noexcept
      : edge_(std::move(edge)), all_(std::move(all)) {}

  /// What nobody takes gives its room back, too.
  ~arrived_run() override {
    for (; has_more(); ++at_) count(all_[at_]);
    give_back();
  }
  bool visit(actors::behaviour& actor, actors::delivery& what) override {
    const arrived_message one = std::move(all_[at_++]);
    what.type = one.type->type;
    count(one);
    if (taken_.items >= edge_->lot() || one.record.size() >= large_record || !has_more()) give_back();
    if (one.question != 0 && one.ends <= actors::clock_of(*edge_->whom().get())) {
      what.expired = true;
      return has_more();
    }
    std::unique_ptr<actors::asker> from;
    if (one.type->is_question) from = std::make_unique<asker_elsewhere>(edge_, one.question);
    edge_->hand(*one.type, actor, what, one.record.view().subspan(one.at, one.length), one.record,
                one.with.get(), std::move(from));
    return has_more();
  }
  [[nodiscard]] bool has_rest() const noexcept override { return has_more(); }
  [[nodiscard]] std::unique_ptr<node> split() override {
    if (size() == 1) return nullptr;
    std::vector<arrived_message> first;
    first.push_back(std::move(all_[at_++]));
    return std::make_unique<arrived_run>(edge_, std::move(first));
  }
  [[nodiscard]] std::size_t size() const noexcept override { return all_.size() - at_; }
  void refuse(const error& why) noexcept override {
    for (std::size_t at = at_; at < all_.size(); ++at)
      if (all_[at].question != 0) edge_->fail(all_[at].question, why);
  }
  [[nodiscard]] const actors::message_type* type() const noexcept override {
    return has_more() ? all_[at_].type->type : nullptr;
  }

 private:
  [[nodiscard]] bool has_more() const noexcept { return at_ < all_.size(); }
  void count(const arrived_message& one) noexcept {
    ++taken_.items;
    taken_.bytes += one.record.size();
  }
  void give_back() {
    if (taken_.items > 0) edge_->dequeued(std::exchange(taken_, {0, 0}));
  }
  const std::shared_ptr<served_edge> edge_;
  std::vector<arrived_message> all_;
  std::size_t at_ = 0;
  transport::window taken_{0, 0};  // that the edge has not been told of
};

std::uint32_t length_at(const bytes& record, std::size_t at) noexcept {
  std::uint32_t length = 0;
  std::memcpy(&length, record.data() + at, sizeof(length));
  return length;
}

/// A run that came in one record: it is read where it lies, message by message. Its lengths have been checked.
class arrived_block final : public actors::node {
 public:
  arrived_block(std::shared_ptr<served_edge> edge, const actors::remote_type& type, bytes record,
                std::size_t at, std::size_t count) noexcept
      : edge_(std::move(edge)), type_(type), record_(std::move(record)), at_(at), left_(count) {}

  ~arrived_block() override {
    while (left_ > 0) static_cast<void>(take());
    give_back();
  }
  bool visit(actors::behaviour& actor, actors::delivery& what) override {
    what.type = type_.type;
    const byte_view message = take();
    if (taken_.items >= edge_->lot() || left_ == 0) give_back();
    edge_->hand(type_, actor, what, message, record_, nullptr, nullptr);
    return left_ > 0;
  }
  [[nodiscard]] bool has_rest() const noexcept override { return left_ > 0; }
  [[nodiscard]] std::unique_ptr<node> split() override {
    if (left_ == 1) return nullptr;
    auto first = std::make_unique<arrived_block>(edge_, type_, record_, at_, 1);
    at_ += entry_head + length_at(record_, at_);
    --left_;
    return first;
  }
  [[nodiscard]] std::size_t size() const noexcept override { return left_; }
  [[nodiscard]] const actors::message_type* type() const noexcept override { return type_.type; }

 private:
  byte_view take() noexcept {
    const std::size_t length = length_at(record_, at_);
    const byte_view message = record_.view().subspan(at_ + entry_head, length);
    at_ += entry_head + length;
    --left_;
    ++taken_.items;
    taken_.bytes += entry_head + length;
    return message;
  }
  void give_back() {
    if (taken_.items > 0) edge_->dequeued(std::exchange(taken_, {0, 0}));
  }
  const std::shared_ptr<served_edge> edge_;
  const actors::remote_type& type_;
  const bytes record_;
  std::size_t at_;
  std::size_t left_;
  transport::window taken_{0, 0};  // that the edge has not been told of
};

steady::time_point after(steady::time_point now, std::uint64_t nanos) noexcept {
  const auto most = static_cast<std::uint64_t>((steady::time_point::max() - now).count());
  return nanos >= most ? steady::time_point::max() : now + nanoseconds(nanos);
}

}  // namespace

result<> served_edge::read(const record_head& head, record_reader& from, arrived_message& into) {
  const auto where = [this] { return " for edge " + std::to_string(number_); };
  if (head.type >= types_.size())
    return troupe::fail(errc::malformed, "a message of type " + std::to_string(head.type) + where() +
                                             ", which named " + std::to_string(types_.size()));
  into.type = types_[head.type];
  if (head.kind == record_kind::question) {
    std::uint64_t patience = 0;
    const bool whole =
        from.get(into.question) && from.get(patience) && into.question != 0 && into.type->is_question;
    if (!whole) return troupe::fail(errc::malformed, "a question" + where() + " that is none");
    into.ends = after(actors::clock_of(*whom_.get()), patience);
  }
  into.at = static_cast<std::uint32_t>(from.position());
  into.length = static_cast<std::uint32_t>(from.left());
  return {};
}

result<> served_edge::deliver(std::vector<arrived_message>&& run) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& each : run)
      if (!returns_.arrived(each.record.size()))
        return troupe::fail(errc::malformed, "a message without credit for edge " + std::to_string(number_));
  }
  actors::deliver(whom_, std::make_unique<arrived_run>(shared_from_this(), std::move(run)));
  return {};
}

result<> served_edge::deliver_run(const record_head& head, const bytes& record) {
  const auto wrong = [&](const char* what) {
    return troupe::fail(errc::malformed,
                        "a run " + std::string(what) + " for edge " + std::to_string(number_));
  };
  if (head.type >= types_.size() || types_[head.type]->is_question) return wrong("of no such messages");
  const std::size_t count = messages_in_run(record);
  if (count == 0) return wrong("that is cut off");
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t at = record_head_size; at < record.size(); at += entry_head + length_at(record, at))
      if (!returns_.arrived(entry_head + length_at(record, at))) return wrong("without credit");
  }
  actors::deliver(whom_, std::make_unique<arrived_block>(shared_from_this(), *types_[head.type], record,
                                                         record_head_size, count));
  return {};
}

std::size_t messages_in_run(const bytes& record) noexcept {
  std::size_t count = 0;
  for (std::size_t at = record_head_size; at < record.size(); ++count) {
    if (record.size() - at < entry_head) return 0;
    const std::size_t length = length_at(record, at);
    if (record.size() - at - entry_head < length) return 0;
    at += entry_head + length;
  }
  return count;
}

void served_edge::hand(const actors::remote_type& as, actors::behaviour& actor, actors::delivery& what,
                       byte_view message, const bytes& record, actors::arrived_addresses* with,
                       std::unique_ptr<actors::asker> from) {
  auto handed = as.hand(actor, what, message, record, with, std::move(from));
  if (handed) return;
  what.expired = true;
  broken(handed.error());
}

void served_edge::dequeued(transport::window taken) {
  std::optional<transport::window> back;
  {
    const std::lock_guard lock(mutex_);
    if (!returns_.dequeued(taken)) return;
    back = returns_.take();
  }
  if (!back) return;
  byte_buffer record;
  put(record, record_head{record_kind::credit, 0, number_});
  put(record, back->items);
  put(record, back->bytes);
  send(record);
}

void served_edge::say(const edge_news& what) {
  auto record = written(record_kind::news, number_, what);
  send(record);
}

void served_edge::answer(std::uint64_t question, byte_buffer& reply, bytes rest,
                         const actors::leaving_addresses& with) {
  if (question == 0) return;
  const std::size_t size = reply.size() + rest.size();
  byte_buffer record;
  put(record, record_head{record_kind::answer, 0, number_});
  put(record, question);
  record.append(reply.view());
  kept_addresses addresses;
  if (!with.empty()) {
    record.append(std::exchange(rest, {}).view());  // cards stand at the end
    addresses = exports_->keep(out_, with, record);
  }
  if (record.size() + rest.size() > largest_content || with.size() > most_addresses)
    return fail(question,
                {errc::too_large,
                 "an answer of " + std::to_string(size) + " bytes and " + std::to_string(with.size()) +
                     " addresses; at most " + std::to_string(largest_content) + " bytes and " +
                     std::to_string(most_addresses) + " addresses can be sent",
                 0});
  if (send(record, std::move(rest), true)) addresses.sent();
}

void served_edge::fail(std::uint64_t question, const error& why) {
  if (question == 0) return;
  byte_buffer record;
  put(record, record_head{record_kind::failure, 0, number_});
  put(record, question);
  encode(record, why);
  send(record, {}, true);
}

void served_edge::broken(const error& why) {
  const std::lock_guard lock(mutex_);
  if (post_ == nullptr) return;
  log_.error("a message for edge ", std::to_string(number_), " cannot be read: ", why.message());
  post_->close(out_);
}

void served_edge::detach() noexcept {
  const std::lock_guard lock(mutex_);
  post_ = nullptr;
}

/// At once: somebody waits for it.
bool served_edge::send(byte_buffer& record, bytes rest, bool at_once) {
  const std::lock_guard lock(mutex_);
  if (post_ == nullptr) return false;
  if (at_once && record.size() + rest.size() < large_record)
    line_->send_now(actors_channel.number, record.view(), std::move(rest));
  else if (!rest.empty() || record.size() < large_record)
    line_->send(actors_channel.number, record.view(), std::move(rest));
  else
    line_->send(actors_channel.number, {}, record.take());
  return true;
}

}  // namespace troupe::runtime
