// transport/limits.hpp - every number that bounds what may stand on a link.
// Threads: constants.
// Source: docs/wire-format.md; sun_path: unix(7).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troupe::transport::limits {

/// First bytes of a HELLO, after its kind. The control characters show up any text-mode damage.
inline constexpr std::string_view magic{"troupe\x1a\n", 8};

/// The versions of the wire format that this build speaks.
inline constexpr std::uint16_t version_min = 1;
inline constexpr std::uint16_t version_max = 1;

/// A frame, the kind byte included. A longer one ends its link at the receiver.
inline constexpr std::size_t max_frame = 128u << 20;
/// Where an open DATA frame is sealed; a single record may exceed it and then travels alone.
inline constexpr std::size_t target_frame = 64u << 10;
/// Records in one DATA frame, and grants in one CREDIT frame.
inline constexpr std::uint32_t max_records = 1u << 16;
/// Of a frame behind the handshake: kind, three zero bytes, count, sequence.
inline constexpr std::size_t frame_head = 16;
inline constexpr std::size_t sequence_at = 8;
/// Channel and length in front of each record.
inline constexpr std::size_t record_head = 8;
/// header + payload of one record handed to post::send.
inline constexpr std::size_t max_record = max_frame - frame_head - record_head;

/// Names of nodes, systems and channels, in bytes.
inline constexpr std::size_t max_name = 255;
/// The canonical shape of one channel, in bytes.
inline constexpr std::size_t max_shape = 1u << 20;
/// Sentences in a REFUSE, in bytes; longer ones are cut by the sender.
inline constexpr std::size_t max_text = 4096;
/// Channels declared on one link.
inline constexpr std::uint32_t max_channels = 4096;

/// Bytes of an ipc path without its final zero.
inline constexpr std::size_t max_socket_path = 107;

}  // namespace troupe::transport::limits
