// runtime/members/producer_member.hpp - what every member that sends has: a courier, outlets, and news about
// consumers.
// Threads: owned by its actor.
#pragma once
#include <troupe/runtime/members/outlets.hpp>
#include <troupe/runtime/node/member.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace troupe::runtime {

/// After so long in one turn a member looks at its mailbox: acknowledgements and news should not wait for a
/// long queue.
inline constexpr std::uint64_t turn_ns = 1'000'000;

/// Passes news to the outlets and goes on afterwards: there may be room now.
class producer_member : public member {
 public:
  using member::on;
  void on(const answers& news) final { hear(news); }
  void on(const consumer_news& news) final { hear(news); }
  void on(const consumer_retires& news) final { hear(news); }
  void on(const death_notice& news) final { hear(news); }
  void on(const verdict_notice& news) final { hear(news); }

 protected:
  producer_member(const member_setting& setting, const instance& own, outlets::completion on_complete)
      : plan_(setting.of.member(own.member)),
        courier_(setting.by, own),
        outlets_(setting, plan_, courier_, std::move(on_complete)),
        tell_director_(setting.tell_director),
        has_far_terminals_(std::ranges::any_of(setting.of.members, [&](const member_plan& each) {
          return each.is_terminal() && (each.in_process || plan_.in_process) &&
                 std::ranges::find(each.origins, plan_.id) != each.origins.end();
        })) {}

  /// Goes on with what it can, and lets everything out at the end of the turn.
  virtual void resume() = 0;
  void report_to_director(report_body body) { tell_director_({courier_.own(), std::move(body)}); }
  /// To the terminals behind it: those of this node, and now and then, by the director, those of others. `all`: everything
  /// that it has sent is complete.
  void tell_watermark(std::uint64_t watermark, bool all) {
    if (!plan_.in_process) courier_.by().tell_all(watermark_notice{plan_.id, watermark});
    if (!has_far_terminals_ || (!all && !plan_.spread && watermark < told_far_ + seldom)) return;
    told_far_ = watermark;
    report_to_director(watermark_notice{plan_.id, watermark});
  }

  const member_plan& plan_;
  courier courier_;
  outlets outlets_;

 private:
  template <class News>
  void hear(const News& news) {
    outlets_.on(news);
    resume();
  }
  static constexpr std::uint64_t seldom = 256;
  const reporter tell_director_;
  const bool has_far_terminals_;
  std::uint64_t told_far_ = 0;
};

}  // namespace troupe::runtime
