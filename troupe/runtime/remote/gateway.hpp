// runtime/remote/gateway.hpp - where the actors of a process meet those of others: addresses that lead out, actors that
// are reached from outside.
// Threads: every function from any thread; link events on the post's thread.
// Source: docs/wire-format.md, "Records of actors"; docs/remote-actors.md.
#pragma once
#include <troupe/actors/actor_system.hpp>
#include <troupe/actors/own_turn.hpp>
#include <troupe/base/log.hpp>
#include <troupe/runtime/node/turned_away_log.hpp>
#include <troupe/runtime/remote/claim.hpp>
#include <troupe/runtime/remote/edge_owner.hpp>
#include <troupe/runtime/remote/end_watch.hpp>
#include <troupe/runtime/remote/export_table.hpp>
#include <troupe/runtime/remote/far_port.hpp>
#include <troupe/runtime/remote/served_edge.hpp>
#include <troupe/transport/post.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::runtime {

struct gateway_options {
  transport::peer self;  // this process, as its post names it
  /// Where the node of that name listens; an error says that there is none. Must not use the gateway.
  std::function<result<std::string>(const std::string& node)> endpoint_of;
  transport::window window{
      .items = 16384};  // per edge: what may be in the mailbox of an actor here before it is handled
  logger log = {};
  /// The way to a process that seems to live was lost, for one that lasts, and by its fault: it said nothing for too long, or
  /// broke the protocol. From any of our callbacks; must not block.
  std::function<void(const transport::peer& node, const end_reason& why)> on_lost_way = {};
};

/// Of a stand-in: what the other side's window does not take finds little room here, so that who sends too fast waits soon and
/// for a short time.
inline constexpr mailbox_options small_mailbox{.capacity = 256};

/// One for each process that has actors others reach, or that reach others. It is told of its post before the first use;
/// others may come in before that: what happens on their links waits for it. At the end: close(), then the post goes, the
/// gateway, the system. Its post's thread runs actors, so the post's end waits for a handler: whoever has handlers that
/// take long shuts the system down before.
///
/// All records to one node take one link, so what happens here is heard there in that order: messages, answers, ends.
/// A link is made when the first address needs it; when it is lost, so are all addresses that lead over it:
///   ending::process_lost   the process died, ended, or lives again (nobody listens there now)
///   ending::link_lost      it may live on: it broke the protocol, was silent for too long, or would not have us
class gateway final : public transport::link_events, private edge_events {
 public:
  gateway(actor_system& system, gateway_options options);
  ~gateway() override;
  gateway(const gateway&) = delete;
  gateway& operator=(const gateway&) = delete;
  void use(transport::post& post);
  [[nodiscard]] actor_system& system() const noexcept { return system_; }
  /// Gives up all that leads out and all that is offered; from then on the post is not used. Blocks until nobody is in one
  /// of our callbacks. Not inside an actor. Idempotent.
  void close();

  /// Others reach `whom` by that name. Errors: already_exists, invalid_argument (an empty address).
  template <class... Ms>
  result<> offer(std::string name, const address<Ms...>& whom) {
    return add_offer(std::move(name), actors::address_access::cell(whom), actors::remote_types(&whom));
  }
  /// `gate.reach<troupe::address_of<warehouse>>("back", "shop")`: an address at once. What is sent waits in its mailbox (of
  /// `mailbox`) until the other side has been asked; when there is no such actor or it does not take all of these
  /// messages, the address ends as failed, and says why. Errors: what endpoint_of says.
  template <class Address>
  [[nodiscard]] result<Address> reach(const std::string& node, const std::string& name,
                                      mailbox_options mailbox = small_mailbox) {
    constexpr const Address* type = nullptr;
    auto made = open(node, name, actors::remote_types(type), actors::stand_in_class(type), mailbox);
    if (!made) return tl::unexpected(std::move(made.error()));
    return actors::address_access::make<Address>(std::move(*made));
  }

  // The same without the types, for those who know them by name only.
  result<> offer(std::string name, const actors::cell_ref& whom, std::span<const actors::remote_type> types) {
    return add_offer(std::move(name), whom, types);
  }
  result<actors::cell_ref> reach(const std::string& node, const std::string& name,
                                 std::span<const actors::remote_type> types,
                                 const actors::actor_class& stand_in,
                                 mailbox_options mailbox = small_mailbox) {
    return open(node, name, types, stand_in, mailbox);
  }
  /// Of an actor that keeps its name there when its process dies: its address is handed on by that name. When it has ended,
  /// nobody else gets that name.
  result<> offer_lasting(std::string name, const actors::cell_ref& whom,
                         std::span<const actors::remote_type> types);
  /// The way to an actor whose name outlives the processes of its node: when one dies, what was not sent waits for the next.
  /// It ends when the actor does, or by end_lasting(). One for each name; represent() follows.
  [[nodiscard]] std::shared_ptr<far_port> make_lasting(const std::string& node, const std::string& name,
                                                       std::span<const actors::remote_type> types,
                                                       std::shared_ptr<far_lives> lives = nullptr);
  /// Its stand-in, when nobody here supervises it.
  [[nodiscard]] actors::cell_ref represent_lasting(const std::shared_ptr<far_port>& port, std::string name,
                                                   const actors::actor_class& what, mailbox_options mailbox);
  /// Somebody listens at the node's door (again).
  void node_is_up(const std::string& node);
  void end_lasting(const std::string& node, const std::string& name, const end_reason& why);

  void on_up(transport::link_id link, const transport::peer& who, bool we_connected) override;
  void on_records(transport::link_id link, std::vector<transport::record>&& records) override;
  void on_down(transport::link_id link, const error& why) override;
  void on_turned_away(const error& why) override;
  /// The first actor that a frame wakes runs on the post's thread when there is nothing else to do.
  [[nodiscard]] transport::late_work* late() noexcept override { return &woken_; }

  /// Addresses of which somebody elsewhere may still make use, for tests.
  [[nodiscard]] std::size_t kept_addresses() const { return exports_->kept(); }

 private:
  using link_id = transport::link_id;
  /// Addresses whose way was lost; whether their process lives is found out at its door.
  struct judgement {
    std::vector<std::shared_ptr<far_port>> ports;
    std::uint64_t epoch = 0;  // of that process; 0: it was not known yet
    std::string what;         // happened
    unsigned tries = 0;       // that broke: who is ending may still have let us in
  };
  /// An actor elsewhere, as an address leads to it.
  using actor_key =
      std::tuple<std::uint64_t, std::uint64_t, const actors::remote_type*>;  // life, number, messages
  /// Another node, in one of its lives, until one of the two links on which we and they speak is lost: then both begin anew,
  /// at different moments. Whoever speaks on another link has begun anew.
  struct connection {
    transport::peer who;  // epoch 0: not known yet
    link_id out{};
    link_id in{};                           // on which they have spoken; 0: not yet
    std::set<link_id> links;                // and others that are up, for the next beginning
    std::shared_ptr<transport::line> line;  // on `out`
    std::shared_ptr<node_voice> voice;
    std::uint32_t last_edge = 0;
    std::unordered_map<std::uint32_t, std::shared_ptr<far_port>> ports;  // edges that we opened
    std::map<actor_key, std::weak_ptr<far_port>> by_actor;               // those of them whose actor is known
    std::unordered_map<std::uint32_t, std::shared_ptr<served_edge>> served;  // edges that they opened
    std::vector<judgement> judged;                                           // as soon as it is up, or is not
    std::vector<std::function<void()>> later;  // likewise: what happens on links that they made meanwhile
  };

  result<> add_offer(std::string name, const actors::cell_ref& whom,
                     std::span<const actors::remote_type> types, bool lasts = false);
  result<actors::cell_ref> open(const std::string& node, const std::string& name,
                                std::span<const actors::remote_type> types, const actors::actor_class& what,
                                mailbox_options mailbox);
  void left(link_id out, std::uint32_t edge) override;
  [[nodiscard]] actors::cell_ref meet(const arrived_card& whom, std::span<const actors::remote_type> types,
                                      const actors::actor_class& stand_in) override;
  void ended(const down& news);
  [[nodiscard]] actors::cell_ref put_stand_in(const std::shared_ptr<far_port>& port, std::string name,
                                              const actors::actor_class& what, mailbox_options mailbox);

  struct meeting {
    actors::cell_ref who;             // here, or a stand-in that is there already
    std::shared_ptr<far_port> port;   // else: for a new one
    std::optional<end_reason> ended;  // whose actor is gone
  };
  [[nodiscard]] meeting look_up(const arrived_card& whom, std::span<const actors::remote_type> types);

  /// True: there is no post yet, the event comes again when there is.
  [[nodiscard]] bool is_early(std::function<void()> event);
  void came_up(link_id link, const transport::peer& who);
  void records_came(link_id link, std::vector<transport::record>&& records);
  void went_down(link_id link, const error& why);

  // Under mutex_.
  std::shared_ptr<far_port> add_port(connection& over, port_way way,
                                     std::span<const actors::remote_type> types);
  [[nodiscard]] std::optional<export_table::exported> find_offer(const std::string& name) const;
  [[nodiscard]] std::optional<export_table::exported> find_own(const address_card& card) const;
  [[nodiscard]] static meeting look_up_here(const export_table::exported& whom,
                                            std::span<const actors::remote_type> types);
  [[nodiscard]] result<std::shared_ptr<arrived_cards>> cards_of(connection& from, const record_head& head,
                                                                record_reader& record);
  void stop_serving(const std::shared_ptr<served_edge>& edge);
  static void forget(connection& from, const std::shared_ptr<far_port>& port);
  [[nodiscard]] result<std::shared_ptr<connection>> connection_to(const std::string& node);
  using unique_lock = std::unique_lock<std::mutex>;
  [[nodiscard]] result<> take(connection& from, transport::record& record, unique_lock& lock);
  [[nodiscard]] result<> take_message(connection& from, const record_head& head, record_reader& reader,
                                      bytes& record);
  [[nodiscard]] result<> take_run(connection& from, const record_head& head, const bytes& record);
  [[nodiscard]] result<> take_back(connection& from, const record_head& head, record_reader& record,
                                   unique_lock& lock);
  [[nodiscard]] result<> take_news(connection& from, const std::shared_ptr<far_port>& of, edge_news&& news);
  [[nodiscard]] result<> take_order(connection& from, std::uint32_t edge, const bytes& content);
  [[nodiscard]] result<> serve(connection& from, std::uint32_t edge, const open_edge& wanted);
  void speak_on(connection& to, link_id out);
  [[nodiscard]] result<> finish_run();
  /// True: the link waits for another one, and so does the event.
  [[nodiscard]] bool waits(link_id link, std::function<void()> event);
  [[nodiscard]] std::set<link_id> drop(const std::shared_ptr<connection>& which);
  void tell_lost(const std::shared_ptr<connection>& which, const error& why,
                 std::vector<std::shared_ptr<far_port>> ports, std::vector<judgement> judged);
  [[nodiscard]] std::shared_ptr<connection> speaks_on(link_id link);
  void stop_all_serving(connection& of);

  void lose(const std::shared_ptr<connection>& which, const error& why);
  void lose_way(const std::shared_ptr<far_port>& port, const transport::peer& node, const end_reason& why,
                bool their_fault = false);
  void find_ways();
  void find_way(const std::shared_ptr<far_port>& port);  // under mutex_
  void resume(const std::shared_ptr<connection>& which);
  void judge(judgement which, const std::string& node);

  class woken_actor final : public transport::late_work {
   public:
    [[nodiscard]] bool waits() const noexcept override { return next.waits(); }
    void set_about() noexcept override { running_ = std::move(next); }
    void run() noexcept override { running_.run(); }
    void hand_on() noexcept override { next.hand_on(); }
    own_turn next;

   private:
    own_turn running_;  // of whoever has set about it
  };

  actor_system& system_;
  const gateway_options options_;
  woken_actor woken_;            // of the post's thread, which can be another one while it runs
  turned_away_log turned_away_;  // of the post's thread
  transport::post* post_ = nullptr;
  std::atomic<bool> in_use_ = false;         // all that was early has been seen to
  std::deque<std::function<void()>> early_;  // under mutex_
  address_of<end_watch> watch_;
  const std::shared_ptr<export_table> exports_;
  const std::shared_ptr<edge_owner> owner_;

  std::mutex mutex_;
  bool closed_ = false;
  struct standing_offer {
    export_table::exported who;
    bool lasts = false;  // after the actor has ended, too: who comes later hears how
  };
  std::map<std::string, standing_offer> offers_;
  std::map<std::string, std::shared_ptr<connection>> connections_;  // by node
  std::unordered_map<link_id, std::shared_ptr<connection>> by_link_;
  std::unordered_map<link_id, std::shared_ptr<connection>> waiting_;                  // see connection::later
  std::map<std::pair<std::string, std::string>, std::shared_ptr<far_port>> lasting_;  // by node and name
  std::set<std::uint64_t> watched_;      // actors here that watch_ watches
  std::shared_ptr<served_edge> run_to_;  // of the frame that is being read
  std::vector<arrived_message> run_;
};

}  // namespace troupe::runtime
