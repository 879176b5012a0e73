// runtime/director/far_cast.hpp - the actors of a file that live in other processes, as their supervisors here see them.
// Threads: every function from any thread.
#pragma once
#include <troupe/runtime/actors/company.hpp>
#include <troupe/runtime/remote/gateway.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace troupe::runtime {

/// A supervisor wants a life of that actor to begin.
struct life_wanted {
  std::string actor;
  std::uint32_t life = 0;
};
/// That one is to end as soon as its handler returns.
struct life_unwanted {
  std::string actor;
  std::uint32_t life = 0;
};
/// It wants no more of them.
struct life_over {
  std::string actor;
  end_reason why;
};

class far_cast final : public far_places {
 public:
  struct requests {
    std::function<void(life_wanted)> begin;
    std::function<void(life_unwanted)> kill;
    std::function<void(life_over)> over;
  };
  /// `ask` is called in turns of stand-ins; it must not block.
  far_cast(gateway& gate, requests ask) : gate_(gate), ask_(std::move(ask)) {}

  [[nodiscard]] std::unique_ptr<actor_place> reserve(const supervisor& boss, spawn_options how,
                                                     const config::actor& of,
                                                     const actor_definition& definition) override;
  void offer(const config::actor& of, const actor_definition& definition,
             const actors::cell_ref& whom) override;

  /// That life came to its end. Its supervisor decides what follows.
  void fell(const std::string& actor, std::uint32_t life, const end_reason& why);
  /// The actor has ended for good, by itself.
  void ended(const std::string& actor, const end_reason& why);

 private:
  class life;
  struct entry {
    std::string node;
    std::shared_ptr<life> lives;
    std::shared_ptr<far_port> port;
  };
  [[nodiscard]] entry find(const std::string& actor) const;

  gateway& gate_;
  const requests ask_;
  mutable std::mutex mutex_;
  std::map<std::string, entry> all_;
};

}  // namespace troupe::runtime
