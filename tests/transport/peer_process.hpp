// tests/transport/peer_process.hpp - a process with a post of its own, that a test kills or freezes.
// Threads: the test's. Made while the test's process has no threads of its own, since it is a fork of it.
#pragma once
#include "recorder.hpp"

#include <troupe/base/unique_fd.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::transport {

/// It waits for go(), links to `to` and sends the record "alive". When that link goes down, it opens another
/// and sends the reason, in words, as a record. It never dequeues anything.
class peer_process {
 public:
  peer_process(const post_options& own, const post_options& to) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
    const unique_fd reads(ends[0]);
    go_.reset(ends[1]);
    child_ = ::fork();
    if (child_ == 0) act(own, to, reads.get());
  }
  peer_process(const peer_process&) = delete;
  peer_process& operator=(const peer_process&) = delete;
  ~peer_process() { kill(); }

  void go() { ASSERT_EQ(::write(go_.get(), "g", 1), 1); }
  void kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }
  /// It stands still when this returns.
  void freeze() {
    ASSERT_EQ(::kill(child_, SIGSTOP), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child_, &status, WUNTRACED), child_);
    ASSERT_TRUE(WIFSTOPPED(status));
  }
  void thaw() { ASSERT_EQ(::kill(child_, SIGCONT), 0); }

 private:
  class comer_back final : public link_events {
   public:
    comer_back(const post_options& own, const post_options& to) : to_(to) {
      auto started = zmq_post::start(own, *this, one_channel());
      if (!started) ::_exit(1);
      post_ = std::move(*started);
      come("alive");
    }
    void on_up(link_id, const peer&, bool) override {}
    void on_records(link_id, std::vector<record>&&) override {}
    void on_down(link_id link, const error& why) override {
      if (link == first_) come(sentence(why.code));
    }

   private:
    void come(std::string_view what) {
      const auto link = post_->connect(to_.endpoint, to_.own.self, one_channel());
      if (first_ == link_id{}) first_ = link;
      post_->send(link, 1, {}, text(what));
    }

    const post_options to_;
    link_id first_{};
    std::unique_ptr<zmq_post> post_;
  };

  [[noreturn]] static void act(const post_options& own, const post_options& to, int go) {
    char byte = 0;
    if (::read(go, &byte, 1) != 1) ::_exit(1);
    const comer_back here(own, to);
    for (;;) ::pause();
  }

  unique_fd go_;
  pid_t child_ = -1;
};

}  // namespace troupe::transport
