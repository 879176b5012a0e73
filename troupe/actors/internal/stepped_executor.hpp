// actors/internal/stepped_executor.hpp - runs actors one turn at a time, in virtual time, in an order chosen
// by a seed.
// Threads: one.
#pragma once
#include <troupe/actors/internal/core.hpp>
#include <troupe/actors/internal/executor.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::actors {

class stepped_executor final : public executor, public observer {
 public:
  explicit stepped_executor(std::uint64_t seed) noexcept : state_(seed) {}
  ~stepped_executor() override { stop(); }
  /// Its timers; once, before anything is scheduled.
  void use(timer_queue& timers) noexcept { timers_ = &timers; }

  void attach(runnable&) noexcept override {}
  void schedule(runnable& what) noexcept override;
  void stop() noexcept override;
  [[nodiscard]] steady::time_point now() const noexcept override { return now_; }
  [[nodiscard]] bool is_stepped() const noexcept override { return true; }
  bool help(steady::time_point until) noexcept override;
  void took(const cell& who, std::string_view what) override;

  bool step();
  /// To the moment of the next timer, if it is due by `until`, and fires it. False: there is none.
  bool pass_time(steady::time_point until);
  void set_now(steady::time_point when) noexcept { now_ = when; }
  [[nodiscard]] const std::vector<std::string>& trace() const noexcept { return trace_; }

 private:
  [[nodiscard]] std::uint64_t random() noexcept;

  std::uint64_t state_;
  steady::time_point now_{};
  timer_queue* timers_ = nullptr;
  std::vector<runnable*> ready_;  // each with a count
  std::vector<std::string> trace_;
};

}  // namespace troupe::actors
