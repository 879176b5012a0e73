#include <troupe/runtime/remote/served_edge.hpp>
#include <troupe/transport/limits.hpp>

#include <string>
#include <utility>

namespace troupe::runtime {
namespace {

/// The room of a record from here on is given back at once.
constexpr std::size_t large_record = 16U << 10U;

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
    if (auto handed = one.type->hand(actor, what, one.record.view().subspan(one.at, one.length), one.record,
                                     one.with.get(), std::move(from));
        !handed) {
      what.expired = true;
      edge_->broken(handed.error());
    }
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
  [[nodiscard]] std::string_view type() const noexcept override {
    return has_more() ? all_[at_].type->type->name : std::string_view();
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
  if (send(record, std::move(rest))) addresses.sent();
}

void served_edge::fail(std::uint64_t question, const error& why) {
  if (question == 0) return;
  byte_buffer record;
  put(record, record_head{record_kind::failure, 0, number_});
  put(record, question);
  encode(record, why);
  send(record);
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

bool served_edge::send(byte_buffer& record, bytes rest) {
  const std::lock_guard lock(mutex_);
  if (post_ == nullptr) return false;
  if (!rest.empty() || record.size() < large_record)
    line_->send(actors_channel.number, record.view(), std::move(rest));
  else
    line_->send(actors_channel.number, {}, record.take());
  return true;
}

}  // namespace troupe::runtime
