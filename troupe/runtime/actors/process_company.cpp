#include <troupe/actors/ward.hpp>
#include <troupe/runtime/actors/cast.hpp>
#include <troupe/runtime/actors/company.hpp>
#include <troupe/runtime/actors/process_company.hpp>

#include <algorithm>
#include <utility>

namespace troupe::runtime {

process_company::process_company(actor_system& system, gateway& gate, const config::file& file,
                                 const registry& program, const std::string& node, on_fall tell)
    : system_(system), gate_(gate), file_(file), program_(program), names_(file, program) {
  for (const auto& each : file.actors) {
    if (node_of(each) == node)
      admit(each, tell);
    else
      represent(each);
  }
}

void process_company::admit(const config::actor& of, const on_fall& tell) {
  resident made;
  made.of = &of;
  auto guardian =
      actors::guardian_for(system_, {.name = of.name + "'s guardian", .restart = restart_of(file_, of)},
                           [tell, name = of.name, life = made.life](const end_reason& why, bool for_good) {
                             tell(name, life->load(std::memory_order_acquire), why, for_good);
                           });
  const auto& definition = *program_.find_actor(of.call);
  made.place = definition.reserve(guardian, how_to_spawn(of));
  names_.place(of.name, made.place->cell());
  static_cast<void>(gate_.offer_lasting(of.name, made.place->cell(), definition.remote->types));
  made.place->enter_name(system_, of.name);
  here_.emplace(of.name, std::move(made));
}

void process_company::represent(const config::actor& of) {
  const auto& definition = *program_.find_actor(of.call);
  if (!definition.remote) return;  // nobody here names it
  const auto port = gate_.make_lasting(node_of(of), of.name, definition.remote->types);
  auto stand_in = gate_.represent_lasting(port, of.name, *definition.remote->stand_in, small_mailbox);
  static_cast<void>(system_.enter_name(of.name, actors::address_access::make<address<>>(stand_in)));
  names_.place(of.name, std::move(stand_in));
}

void process_company::begin(const std::string& actor, std::uint32_t life) {
  const auto at = here_.find(actor);
  if (at == here_.end()) return;
  auto& [name, who] = *at;
  if (who.life->exchange(life, std::memory_order_acq_rel) != 0) return actors::live_again(who.place->cell());
  names_.look_from(*who.of);
  static_cast<void>(who.place->start(file_, *who.of, names_));  // what is wrong, check_actors() has found
}

void process_company::end(const std::string& actor, std::uint32_t life) {
  const auto at = here_.find(actor);
  if (at != here_.end() && at->second.life->load(std::memory_order_acquire) == life)
    actors::kill(at->second.place->cell());
}

void process_company::over(const std::string& actor, const end_reason& why) {
  if (const auto at = here_.find(actor); at != here_.end())
    return actors::end_ward(at->second.place->cell(), why);
  const auto of = std::find_if(file_.actors.begin(), file_.actors.end(),
                               [&](const auto& each) { return each.name == actor; });
  if (of != file_.actors.end()) gate_.end_lasting(node_of(*of), actor, why);
}

}  // namespace troupe::runtime
