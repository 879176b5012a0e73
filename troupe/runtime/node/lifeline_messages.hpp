// runtime/node/lifeline_messages.hpp - what director and worker tell each other over the lifeline; never
// data.
// Threads: plain values. Frames of base/framing.hpp, each one encoded variant.
#pragma once
#include <troupe/base/codec.hpp>
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
/// All work is done: end well.
struct stop_now {};
using to_worker = std::variant<assignment, neighbour_up, death_notice, verdict_notice, stop_now>;

/// The worker listens at `endpoint` and takes items.
struct worker_ready {
  std::string endpoint;
};
using from_worker = std::variant<worker_ready, report>;

template <class Variant, class M>
[[nodiscard]] bytes encode_frame(M message) {
  byte_buffer out;
  encode(out, Variant(std::move(message)));
  return out.take();
}

}  // namespace troupe::runtime
