// tests/transport/recorder.hpp - writes down what happens on links, and lets a test wait for it.
// Threads: events on the post's thread; everything else on the test's.
#pragma once
#include <troupe/transport/post.hpp>
#include <troupe/transport/post_options.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <vector>

namespace troupe::transport {

inline bytes text(std::string_view from) {
  return bytes::copy_of(as_bytes_view(from));
}

class recorder : public link_events {
 public:
  struct up {
    link_id link{};
    peer who;
    bool we_connected = false;
  };
  struct down {
    link_id link{};
    error why;
  };

  void on_up(link_id link, const peer& who, bool we_connected) override {
    const std::scoped_lock hold(lock_);
    ups.push_back({link, who, we_connected});
    changed_.notify_all();
  }
  void on_records(link_id link, std::vector<record>&& arrived) override {
    const std::scoped_lock hold(lock_);
    ++frames;
    for (auto& one : arrived) records.emplace_back(link, std::move(one));
    changed_.notify_all();
  }
  void on_down(link_id link, const error& why) override {
    const std::scoped_lock hold(lock_);
    downs.push_back({link, why});
    changed_.notify_all();
  }
  void on_turned_away(const error& why) override {
    const std::scoped_lock hold(lock_);
    turned_away.push_back(why);
    changed_.notify_all();
  }

  /// Waits until `what` holds, under the lock. A watchdog of a minute ends the program with a stack to look
  /// at.
  template <class What>
  void wait(What what) {
    std::unique_lock hold(lock_);
    if (!changed_.wait_for(hold, std::chrono::minutes(1), what)) {
      std::cerr << "watchdog: an awaited event did not come (" << ups.size() << " up, " << records.size()
                << " records, " << downs.size() << " down)\n";
      std::abort();
    }
  }
  void wait_up(std::size_t count = 1) {
    wait([&] { return ups.size() >= count; });
  }
  void wait_records(std::size_t count) {
    wait([&] { return records.size() >= count; });
  }
  error wait_down(std::size_t count = 1) {
    wait([&] { return downs.size() >= count; });
    const std::scoped_lock hold(lock_);  // the next one may be on its way
    return downs[count - 1].why;
  }
  /// Also while the post lives.
  std::size_t downs_so_far() {
    const std::scoped_lock hold(lock_);
    return downs.size();
  }
  error wait_turned_away(std::size_t count = 1) {
    wait([&] { return turned_away.size() >= count; });
    const std::scoped_lock hold(lock_);
    return turned_away[count - 1];
  }
  std::vector<std::string> texts() {
    const std::scoped_lock hold(lock_);
    std::vector<std::string> all;
    for (const auto& [link, one] : records) all.emplace_back(one.payload.text());
    return all;
  }

  // Read after a wait, or when the post has ended.
  std::vector<up> ups;
  std::vector<std::pair<link_id, record>> records;
  std::vector<down> downs;
  std::vector<error> turned_away;
  std::size_t frames = 0;

 private:
  std::mutex lock_;
  std::condition_variable changed_;
};

inline token test_token() {
  token key;
  for (std::size_t i = 0; i < key.secret.size(); ++i) key.secret[i] = std::byte(i);
  return key;
}

inline post_options options_of(const std::string& node, const std::string& endpoint,
                               std::uint64_t epoch = 1) {
  post_options options;
  options.own = {{node, epoch}, "test-run", test_token()};
  options.endpoint = endpoint;
  return options;
}

inline std::vector<channel> one_channel() {
  return {{1, "parse -> count", "hit{url:str}"}};
}

}  // namespace troupe::transport
