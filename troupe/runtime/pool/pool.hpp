// runtime/pool/pool.hpp - a pool of worker processes that run one function.
// Threads: submit(), try_submit() and status() from any, actors included; map(), close() and destruction from plain threads.
// Source: docs/pools.md.
#pragma once
#include <troupe/base/byte_buffer.hpp>
#include <troupe/base/codec.hpp>
#include <troupe/runtime/pool/job_future.hpp>
#include <troupe/runtime/pool/map_feed.hpp>
#include <troupe/runtime/pool/pool_core.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>

namespace troupe {

/// What app.stage() registered, with its types: In is what the function takes, Out what it returns.
template <class In, class Out>
class stage {
 public:
  explicit stage(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
};

/// The results of a map(), once: `for (auto&& [i, out] : pool.map(inputs))`, where i counts inputs from 0 and out is a
/// job_result<Out>. Inputs are taken as the pool gets on, see map_options. Destroying it cancels what is still out.
template <class In, class Out, std::ranges::input_range Inputs>
class mapped {
 public:
  using value_type = std::pair<std::size_t, job_result<Out>>;

  mapped(std::shared_ptr<runtime::job_intake> to, Inputs inputs, const map_options& how)
      : inputs_(std::move(inputs)), feed_(std::make_shared<runtime::map_feed>(std::move(to), how)) {}
  mapped(const mapped&) = delete;
  mapped& operator=(const mapped&) = delete;
  ~mapped() { feed_->withdraw(); }

  class iterator {
   public:
    using value_type = mapped::value_type;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;
    explicit iterator(mapped& of) noexcept : of_(&of) {}
    value_type& operator*() const noexcept { return *of_->current_; }
    iterator& operator++() {
      of_->advance();
      return *this;
    }
    void operator++(int) { of_->advance(); }
    friend bool operator==(const iterator& at, std::default_sentinel_t) noexcept { return at.ended(); }

   private:
    [[nodiscard]] bool ended() const noexcept { return !of_->current_; }
    mapped* of_;
  };

  /// Once.
  [[nodiscard]] iterator begin() {
    next_.emplace(std::ranges::begin(inputs_));
    advance();
    return iterator(*this);
  }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  void advance() {
    current_.reset();
    if (in_actor()) return refuse();
    if (feed_->hungry()) {
      // Room first: a range that reads its input when it is asked for its end is asked once for each.
      for (; feed_->has_room() && *next_ != std::ranges::end(inputs_); ++*next_) {
        byte_buffer encoded;
        encode(encoded, static_cast<const In&>(**next_));
        feed_->add(encoded.take(), feed_);
      }
      feed_->submit();
    }
    if (feed_->is_empty()) return;
    auto [index, answer] = feed_->next();
    current_.emplace(static_cast<std::size_t>(index), runtime::read_answer<Out>(std::move(answer)));
  }
  void refuse() {
    if (std::exchange(refused_, true)) return;
    current_.emplace(
        0, tl::unexpected(runtime::failure_of(
               job_error::refused, "map() would block an actor's thread: submit(), and co_await each")));
  }

  Inputs inputs_;
  std::optional<std::ranges::iterator_t<Inputs>> next_;
  std::shared_ptr<runtime::map_feed> feed_;
  std::optional<value_type> current_;
  bool refused_ = false;
};

/// Worker processes for one function. A job completes exactly once for whoever submitted it, whatever dies; it may be
/// executed again after a crash. One worker's death costs only the job that it ran, and that an attempt.
/// Destroying the pool drops what is not finished (its futures get job_error::closed) and ends the workers: close() first.
template <class In, class Out>
class pool {
 public:
  explicit pool(std::unique_ptr<runtime::pool_core> core) noexcept : core_(std::move(core)) {}
  pool(pool&&) noexcept = default;
  pool& operator=(pool&&) noexcept = default;
  ~pool() = default;

  /// Waits for room while `queue` jobs are unanswered; in an actor such a job fails at once (job_error::full).
  /// `submit(input, {.within = 5s})` is answered in time, whatever it does, also when there is no room.
  job_future<Out> submit(const In& input, job_options how = {}) {
    using intake = runtime::job_intake;
    return std::move(*hand_in(input, how, in_actor() ? intake::when_full::refuse : intake::when_full::wait));
  }
  /// Nothing while `queue` jobs are unanswered. Never blocks.
  [[nodiscard]] std::optional<job_future<Out>> try_submit(const In& input, job_options how = {}) {
    return hand_in(input, how, runtime::job_intake::when_full::give_back);
  }

  /// The results for a range of inputs, which is read as the pool gets on: it may be endless. For plain threads. The range
  /// and the pool outlive what is returned, which is iterated once.
  template <std::ranges::viewable_range Inputs>
  requires std::convertible_to < std::ranges::range_reference_t<Inputs>,
  const In& > [[nodiscard]] auto map(Inputs&& inputs, map_options how = {}) {
    using view = std::views::all_t<Inputs>;
    return mapped<In, Out, view>(core_->jobs(), std::views::all(std::forward<Inputs>(inputs)), how);
  }

  [[nodiscard]] pool_status status() const { return core_->status(); }
  /// Begins to replace every worker, one after the other, each when its successor is ready: what a process has gathered in a
  /// long life is gone then. Nothing waits for it, no job is charged.
  void replace_workers() { core_->replace_workers(); }

  /// Takes no more jobs, waits until those that it has are done, ends the workers. What is not done when `until` has passed is
  /// dropped. Errors: timed_out, with the ids of the jobs that were dropped; peer_lost when the pool had failed, and why.
  result<> close(deadline until = deadline::never()) { return core_->close(until); }

 private:
  std::optional<job_future<Out>> hand_in(const In& input, const job_options& how,
                                         runtime::job_intake::when_full what) {
    byte_buffer encoded;
    encode(encoded, input);
    auto [to, result_of] = promise_and_future<runtime::job_answer>();
    const auto& jobs = core_->jobs();
    if (encoded.size() > runtime::max_item_bytes) {
      static_cast<void>(
          to.set(runtime::job_answer(tl::unexpected(runtime::too_large_input(encoded.size())))));
      return job_future<Out>(std::move(result_of), jobs, 0);
    }
    runtime::new_job job{encoded.take(), std::make_shared<runtime::promised_result>(std::move(to)), 0,
                         how.within};
    const auto id = jobs->submit(std::move(job), what);
    if (id == 0 && job.to != nullptr && what == runtime::job_intake::when_full::give_back &&
        !result_of.ready())
      return std::nullopt;
    return job_future<Out>(std::move(result_of), jobs, id);
  }

  std::unique_ptr<runtime::pool_core> core_;
};

}  // namespace troupe
