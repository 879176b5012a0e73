// runtime/members/slot_member.hpp - one slot of a stage with state, in a worker process that may die.
// Threads: owned by its actor.
// Source: docs/delivery.md, "Slots".
#pragma once
#include <troupe/runtime/delivery/checkpoint_pace.hpp>
#include <troupe/runtime/delivery/running_page.hpp>
#include <troupe/runtime/delivery/slot_books.hpp>
#include <troupe/runtime/members/producer_member.hpp>
#include <troupe/runtime/node/checkpoint_file.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::runtime {

/// What a slot begins with.
struct slot_setting {
  std::unique_ptr<stage_body> body;
  std::unique_ptr<checkpoint_store> store;
  std::optional<checkpoint> last;  // of its predecessor: the body has its state already
  std::string run_id;
  std::string state_shape;
  std::function<void(const std::string& why)>
      fall;  // ends the process; where it returns, the slot does nothing more
};

/// The store's last checkpoint, loaded into `body`. Errors: it cannot be read, or is another run's or another program's.
[[nodiscard]] result<std::optional<checkpoint>> load_checkpoint(checkpoint_store& from, stage_body& body,
                                                                const std::string& run_id,
                                                                const std::string& state_shape);

/// Takes items one by one. It answers for them, and lets out what it made of them, when a checkpoint holds both; so
/// whatever its process dies of, a successor goes on from there and gets again what was not answered.
class slot_member final : public producer_member {
 public:
  using producer_member::on;
  slot_member(const member_setting& setting, const instance& own, slot_setting with, work_again again);

  void use_timer(work_later later) override { later_ = std::move(later); }
  void on(arrivals news) override;
  void on(const watermark_notice& news) override;
  void on(const order& what) override;

 private:
  struct due_answer {
    sender to;
    std::uint64_t number = 0;
  };
  void resume() override;
  [[nodiscard]] bool take_next();
  void work_on(const arrival& item);
  void finish();
  void keep(const std::vector<bytes>& outputs);
  /// Writes a checkpoint when it is time, or asks for a turn when it will be.
  void look_at_the_pace();
  void write_checkpoint();
  void send(const owed_outputs& what);
  void settle();
  void give_up(const std::string& why);

  slot_setting with_;
  const work_again again_;
  work_later later_;
  std::optional<page_writer> page_;
  slot_books books_;
  checkpoint_pace pace_;
  std::deque<arrival> queue_;
  std::vector<due_answer> due_;
  std::uint64_t due_bytes_ = 0;
  owed_outputs again_at_first_;  // until the first turn
  std::uint64_t told_watermark_ = 0;
  std::uint64_t last_ns_ = 0;
  std::uint64_t timer_ns_ = 0;  // when one will fire; 0: there is none
  bool asked_for_turn_ = false;
  bool no_more_ = false;  // is to come
  bool finished_ = false;
  bool told_closed_ = false;
  bool told_ended_ = false;
  bool failed_ = false;
};

}  // namespace troupe::runtime
