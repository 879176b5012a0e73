// base/allowed.hpp - what a number that somebody writes may be: one source for the keys of a file and the options of a pool.
// Threads: plain values.
#pragma once
#include <troupe/base/clock.hpp>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace troupe {

/// Both ends included.
template <class T>
struct range_of {
  T low;
  T high;
  [[nodiscard]] constexpr bool has(T value) const noexcept { return low <= value && value <= high; }
};

namespace allowed {

using whole = range_of<std::int64_t>;
using duration = range_of<milliseconds>;
using size = range_of<std::size_t>;

inline constexpr std::chrono::hours day{24};

inline constexpr whole workers{1, 1024};
inline constexpr whole min_workers{0, 1024};
inline constexpr duration idle{std::chrono::seconds(1), day};
inline constexpr duration timeout{milliseconds(1), 30 * day};
inline constexpr whole max_attempts{1, 1000};
inline constexpr whole max_jobs{1, 1'000'000'000'000};
inline constexpr whole max_in_flight{1, 1'000'000};

inline constexpr whole nice{-20, 19};
inline constexpr whole cpu{0, 8191};  // what the largest kernel numbers
inline constexpr std::size_t most_variables = 1000;
inline constexpr duration stop_timeout{milliseconds(0), std::chrono::hours(1)};
inline constexpr duration start_timeout{milliseconds(100), day};
inline constexpr duration heartbeat_timeout{std::chrono::seconds(1), day};

/// Of what is sent first to a worker that is to end.
inline constexpr std::pair<std::string_view, int> stop_signals[] = {
    {"SIGTERM", SIGTERM}, {"SIGINT", SIGINT},   {"SIGQUIT", SIGQUIT},
    {"SIGHUP", SIGHUP},   {"SIGUSR1", SIGUSR1}, {"SIGUSR2", SIGUSR2}};

inline constexpr whole restart_burst{0, 1000};
inline constexpr duration restart_window{milliseconds(1), day};
inline constexpr duration restart_delay{milliseconds(0), std::chrono::hours(1)};

inline constexpr size memory{std::size_t{1} << 20, std::size_t{1} << 50};
inline constexpr size stack{std::size_t{128} << 10, std::size_t{1} << 50};
inline constexpr whole open_files{64, 1'048'576};
inline constexpr duration cpu_time{std::chrono::seconds(1), 30 * day};
inline constexpr whole tasks_max{16, 1'048'576};
inline constexpr whole processes{16, 4'194'304};  // as many as the kernel has numbers for

/// What the name of an environment variable may be.
[[nodiscard]] constexpr bool is_variable(std::string_view name) noexcept {
  return !name.empty() && name.find_first_of(std::string_view("=\0", 2)) == std::string_view::npos;
}

}  // namespace allowed
}  // namespace troupe
