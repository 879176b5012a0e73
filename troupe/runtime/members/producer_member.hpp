// runtime/members/producer_member.hpp - what every member that sends has: a courier, outlets, and news about
// consumers.
// Threads: owned by its actor.
#pragma once
#include <troupe/runtime/members/outlets.hpp>
#include <troupe/runtime/node/member.hpp>

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
        tell_director_(setting.tell_director) {}

  /// Goes on with what it can, and lets everything out at the end of the turn.
  virtual void resume() = 0;
  void report_to_director(report_body body) { tell_director_({courier_.own(), std::move(body)}); }

  const member_plan& plan_;
  courier courier_;
  outlets outlets_;

 private:
  template <class News>
  void hear(const News& news) {
    outlets_.on(news);
    resume();
  }
  const reporter tell_director_;
};

}  // namespace troupe::runtime
