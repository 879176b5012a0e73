// runtime/delivery/lineage.hpp - how an item is named, for as long as anybody remembers it.
// Threads: plain values.
// Source: docs/delivery.md, "Identity" and "Who is who".
#pragma once
#include <troupe/base/bytes.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::runtime {

/// A source, a stage or a sink of the plan, numbered from 1.
using member_id = std::uint32_t;
/// An arrow of the plan, numbered from 1; also the channel number on a link.
using edge_id = std::uint32_t;

/// One incarnation of one slot of a member. A restart raises the epoch; in the director the epoch is 1.
struct instance {
  member_id member = 0;
  std::uint32_t slot = 0;
  std::uint64_t epoch = 0;
  friend auto operator<=>(const instance&, const instance&) = default;
};

/// One hop: the `index`-th of `count` items that one call put on `edge`.
struct path_element {
  edge_id edge = 0;
  std::uint32_t index = 0;
  std::uint32_t count = 0;
};

/// The edges of a segment are at most this many; the plan checks it, so a lineage has a bounded size.
inline constexpr std::size_t max_path = 16;

/// Names an item for good: the origin that numbered it, its number, how many numbers it covers, the hops
/// since.
struct lineage {
  member_id origin = 0;
  std::uint64_t seq = 0;
  std::uint32_t span = 1;  // > 1: a batch of the consecutive seqs [seq, seq + span)
  std::vector<path_element> path;
};

/// Identity: everything but the counts, which a second execution could only contradict.
[[nodiscard]] bool operator==(const lineage& a, const lineage& b) noexcept;

/// The lineage of the `index`-th of `count` outputs that `parent` gave on `edge`.
[[nodiscard]] lineage child_of(const lineage& parent, edge_id edge, std::uint32_t index, std::uint32_t count);

/// "1:42", "1:42+1000" for a batch, "1:42/3.0" below edge 3: for logs and names of files.
[[nodiscard]] std::string to_string(const lineage& item);

struct lineage_hash {
  [[nodiscard]] std::size_t operator()(const lineage& item) const noexcept;
};

/// FNV-1a: the same in every program and version.
[[nodiscard]] constexpr std::uint64_t hash_of(byte_view what) noexcept {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const auto each : what) h = (h ^ std::to_integer<std::uint64_t>(each)) * 0x100000001b3ULL;
  return h;
}

struct instance_hash {
  [[nodiscard]] std::size_t operator()(const instance& who) const noexcept;
};

/// Mixes one more value into a hash (the finaliser of splitmix64).
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t seed, std::uint64_t value) noexcept {
  std::uint64_t z = seed ^ (value + 0x9e3779b97f4a7c15ULL + (seed << 6U) + (seed >> 2U));
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31U);
}

}  // namespace troupe::runtime
