// runtime/node/lifeline_messages.hpp - what director and worker tell each other over the lifeline; never
// data.
// Threads: plain values. Frames of base/framing.hpp, each one encoded variant.
#pragma once
#include <troupe/actors/message.hpp>
#include <troupe/base/codec.hpp>
#include <troupe/base/log.hpp>
#include <troupe/runtime/node/exchange.hpp>
#include <troupe/runtime/node/messages.hpp>
#include <troupe/runtime/plan/plan.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace troupe::runtime {

/// Descriptors that a worker finds open at its start.
inline constexpr int worker_read_fd = 3;
inline constexpr int worker_write_fd = 4;
inline constexpr int worker_page_fd = 5;
/// argv[1] of a worker; argv[2] is its name, for people who look at ps.
inline constexpr const char* worker_argument = "--troupe-worker";

/// The socket of a process with actors. The epoch is part of it: a predecessor's socket may still stand there.
[[nodiscard]] inline std::string process_socket_name(const std::string& node, std::uint64_t epoch) {
  return node + '.' + std::to_string(epoch);
}

/// One frame holds any item, with what is said about it.
inline constexpr std::size_t lifeline_frame = max_item_bytes + (8U << 20U);

/// The first message: who you are, and everything you need.
struct assignment {
  std::string run_id;
  std::array<std::byte, 16> token{};
  std::string ipc_path;
  instance own;
  plan of;
  std::vector<verdict> charges;
};
/// Consumers of yours can be reached there.
struct neighbour_up {
  neighbour whom;
};
/// Of a stage with state: all its inputs are complete.
struct finish_now {};
/// All work is done: end well.
struct stop_now {};

/// The first message to a process that has actors instead of a stage.
struct actors_assignment {
  std::string run_id;
  std::array<std::byte, 16> token{};
  std::string ipc_path;
  std::string node;  // who you are, in which life
  std::uint64_t epoch = 0;
  std::string director;  // where its actors are reached
  std::string path;      // of the file, its text, and what --set says of it
  std::string text;
  std::vector<std::string> overrides;
  log_level level = log_level::info;
};
/// That actor of yours is to live (again): its life has that number, from 1.
struct life_begins {
  std::string actor;
  std::uint32_t life = 0;
};
/// That life of it is to end as soon as its handler returns.
struct life_ends {
  std::string actor;
  std::uint32_t life = 0;
};
/// An actor, yours or another's, has ended for good.
struct actor_over {
  std::string actor;
  end_reason why;
};
/// Another process with actors; a name that was up before lives again.
struct process_up {
  std::string node;
  std::string endpoint;
};
struct process_down {
  std::string node;
};
using to_worker = std::variant<assignment, neighbour_up, death_notice, verdict_notice, stop_now,
                               actors_assignment, life_begins, life_ends, actor_over, process_up,
                               process_down, consumer_retires, watermark_notice, finish_now>;

/// The worker listens at `endpoint` and takes items.
struct worker_ready {
  std::string endpoint;
};
/// That life of an actor is over; `for_good`: it was stopped.
struct actor_fell {
  std::string actor;
  std::uint32_t life = 0;
  end_reason why;
  bool for_good = false;
};
/// A line for the log of the run.
struct logged {
  log_level level = log_level::info;
  std::string name;
  std::string text;
};
/// At the end of a process with actors: what nobody handled there.
struct last_count {
  dead_letter_counts lost;
};
using from_worker = std::variant<worker_ready, report, actor_fell, logged, last_count>;

template <class Variant, class M>
[[nodiscard]] bytes encode_frame(M message) {
  byte_buffer out;
  encode(out, Variant(std::move(message)));
  return out.take();
}

}  // namespace troupe::runtime
