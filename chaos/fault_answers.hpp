// chaos/fault_answers.hpp - what fault_jobs and life_jobs write down about the jobs of their pools.
// Threads: as each says.
// Source: answer_judge.py reads FOLDER/answers.
#pragma once
#include "fault_stages.hpp"

#include <troupe/app.hpp>
#include <troupe/base/unique_fd.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace faults {

inline std::uint64_t id_of(const std::string& order) {
  return read_order(order).id;
}

/// FOLDER/answers, one write for each line, for any thread:
///   asked STAGE ID
///   result STAGE ID ID_GIVEN             "-" where the job gives no item
///   failed STAGE ID KIND ATTEMPTS CAUSE
/// with tabs between them.
class answers {
 public:
  explicit answers(const std::string& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_CLOEXEC, 0600)) {
    if (!file_) throw std::runtime_error("cannot open " + path);
  }

  void asked(std::string_view stage, std::uint64_t id) const { write(begin("asked", stage, id)); }
  void gave(std::string_view stage, std::uint64_t id, std::optional<std::uint64_t> given) const {
    answered(id, begin("result", stage, id) + '\t' + (given ? std::to_string(*given) : "-"));
  }
  void failed(std::string_view stage, std::uint64_t id, const troupe::job_failure& why) const {
    auto cause = why.cause;
    for (auto& c : cause)
      if (static_cast<unsigned char>(c) < ' ') c = ' ';
    answered(id, begin("failed", stage, id) + '\t' + std::string(name_of(why.kind)) + '\t' +
                     std::to_string(why.attempts) + '\t' + cause);
  }

 private:
  static std::string begin(std::string_view what, std::string_view stage, std::uint64_t id) {
    return std::string(what) + '\t' + std::string(stage) + '\t' + std::to_string(id);
  }
  void answered(std::uint64_t id, const std::string& line) const {
    const auto& rule = sabotage_.rule_for(id);
    if (rule == "forget-answer") return;
    write(line);
    if (rule == "repeat-answer") write(line);
  }
  void write(std::string line) const {
    line += '\n';
    if (::write(file_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::runtime_error("cannot write down an answer");
  }

  troupe::unique_fd file_;
  sabotage sabotage_;
};

/// A file of answers, written by one thread at a time.
class output {
 public:
  explicit output(const std::string& path) : to_(path) {
    if (!to_) throw std::runtime_error("cannot write " + path);
  }
  void add(const answer& what) {
    to_ << "{\"id\":" << what.id << ",\"value\":" << what.value << "}\n" << std::flush;
    if (!to_) throw std::runtime_error("cannot write an output");
  }

 private:
  std::ofstream to_;
};

/// Takes the answers of one pool's futures, in the order of their jobs, on a thread of its own.
template <class Out>
class collector {
 public:
  using taker = std::function<void(std::uint64_t id, const troupe::job_result<Out>& got)>;
  explicit collector(taker take) : take_(std::move(take)), thread_([this] { collect(); }) {}
  collector(const collector&) = delete;
  collector& operator=(const collector&) = delete;
  ~collector() { finish(); }

  void add(std::uint64_t id, troupe::job_future<Out> pending) {
    const std::scoped_lock lock(mutex_);
    waiting_.emplace_back(id, std::move(pending));
    more_.notify_one();
  }
  /// Returns when all futures have been answered.
  void finish() {
    {
      const std::scoped_lock lock(mutex_);
      is_all_ = true;
      more_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void collect() {
    std::unique_lock lock(mutex_);
    while (true) {
      more_.wait(lock, [this] { return is_all_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      auto [id, pending] = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      take_(id, pending.get());
      lock.lock();
    }
  }

  taker take_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::pair<std::uint64_t, troupe::job_future<Out>>> waiting_;
  bool is_all_ = false;
  std::thread thread_;
};

using work_pool = troupe::pool<troupe::line, std::vector<step>>;
using seal_pool = troupe::pool<step, answer>;
using slow_pool = troupe::pool<troupe::line, answer>;

/// Writes down what a job of the last pool on its way gave.
inline auto note_answer(std::string stage, const answers& told, output& to) {
  return [stage = std::move(stage), &told, &to](std::uint64_t id, const troupe::job_result<answer>& got) {
    if (!got) return told.failed(stage, id, got.error());
    to.add(*got);
    told.gave(stage, id, got->id);
  };
}

/// What becomes of jobs when pool `work` is done with them: pool `seal` is given what they gave.
class second_half {
 public:
  second_half(seal_pool& sealing, const answers& told, output& to)
      : sealing_(sealing), told_(told), sealed_(note_answer("seal", told, to)) {}
  void take(std::uint64_t id, const troupe::job_result<std::vector<step>>& steps) {
    if (!steps) return told_.failed("work", id, steps.error());
    told_.gave("work", id, steps->empty() ? std::nullopt : std::optional(id_of(steps->front().order)));
    for (const auto& each : *steps) {
      told_.asked("seal", id);
      sealed_.add(id, sealing_.submit(each));
    }
  }

 private:
  seal_pool& sealing_;
  const answers& told_;
  collector<answer> sealed_;
};

}  // namespace faults
