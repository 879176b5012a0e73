// transport/internal/visitors.hpp - connections that have come in: who has not said a word yet, and who must
// leave.
// Threads: the engine's own; it knows descriptors by number only, libzmq owns them.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/transport/internal/descriptors.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::transport {

/// libzmq keeps a connection as long as the other side likes, whether or not it ever says anything, and has no
/// call that ends one. So whoever is silent for too long, or was refused and does not leave, is cut.
class visitors {
 public:
  struct rules {
    milliseconds patience{5000};     // until the first frame
    std::size_t most_silent = 1024;  // at once; the one that came first is cut for the next
    milliseconds to_leave{2000};     // for one that was refused, or has broken the protocol
  };
  explicit visitors(rules by) noexcept : rules_(by) {}

  /// libzmq has accepted it, on the listener of that name.
  void came(const connection_id& who, std::string listener, steady::time_point now);
  /// Its first frame is here. It may stay.
  void spoke(int descriptor);
  /// There is nothing left to say to it.
  void must_leave(int descriptor, steady::time_point now);

  enum class ending : std::uint8_t {
    of_a_guest,     // that had spoken
    of_the_silent,  // by its own doing, or libzmq's
    as_we_cut_it
  };
  struct departure {
    ending how = ending::of_a_guest;
    std::string listener;
  };
  /// The connection is no more. nullopt: it was none of ours.
  [[nodiscard]] std::optional<departure> left(int descriptor);

  struct cuts {
    std::size_t late = 0;     // silent for too long
    std::size_t crowded = 0;  // silent, while others wanted in
  };
  /// Cuts who should be gone by now. Call it at next_deadline() and after came().
  cuts expire(steady::time_point now);
  /// Others want in: cuts those who have been silent for so long.
  cuts make_room(steady::time_point now, milliseconds older_than);
  [[nodiscard]] std::optional<steady::time_point> next_deadline() const;

  [[nodiscard]] std::size_t silent() const noexcept { return silent_.size(); }

 private:
  enum class stage : std::uint8_t { silent, guest, leaving, cut_off };
  struct visitor {
    connection_id id;
    std::string listener;
    stage at = stage::silent;
    steady::time_point until;
  };
  using queue = std::set<std::pair<steady::time_point, int>>;
  void take_out_of_queue(const visitor& who);
  bool cut_first(queue& from, steady::time_point now);

  const rules rules_;
  std::unordered_map<int, visitor> all_;
  queue silent_, leaving_;  // by the time at which patience with them ends
};

}  // namespace troupe::transport
