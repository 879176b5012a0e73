#include <troupe/config/internal/read_actors.hpp>
#include <troupe/config/internal/read_restart.hpp>

#include <utility>

namespace troupe::config {
namespace {

constexpr section_kind actor_kind{"actor", "[actor.warehouse]", max_actors};
constexpr section_kind supervisor_kind{"supervisor", "[supervisor.store]", max_supervisors};

constexpr std::pair<std::string_view, actor::placement> actor_places[] = {
    {"thread", actor::placement::thread}, {"detached", actor::placement::detached}};
constexpr std::pair<std::string_view, overflow> overflows[] = {
    {"wait", overflow::wait}, {"reject", overflow::reject}, {"drop_oldest", overflow::drop_oldest}};
constexpr std::pair<std::string_view, supervisor::strategy_of> strategies[] = {
    {"one_for_one", supervisor::strategy_of::one_for_one},
    {"one_for_all", supervisor::strategy_of::one_for_all},
    {"rest_for_one", supervisor::strategy_of::rest_for_one}};

void read_place(section& in, actor& out) {
  const value* found = in.take("place");
  const auto* word = found == nullptr ? nullptr : found->as<std::string>();
  if (word != nullptr && *word == "process") {
    in.complain("place", "actors in processes of their own are not supported in this version",
                "that comes with a later version; write place = \"thread\"");
    return;
  }
  assign(out.place, in.choice("place", actor_places, "actors in named processes come with a later version"));
}

void read_mailbox(section& in, actor& out) {
  auto below = in.inside("mailbox", "write mailbox = { capacity = 4096 }");
  if (!below) return;
  assign(out.mailbox.capacity, below->whole("capacity", 0, max_mailbox_capacity));
  assign(out.mailbox.overflow, below->choice("overflow", overflows));
  below->close();
}

void read_options(section& in, actor& out) {
  const value* found = in.take("options");
  if (found == nullptr) return;
  if (const auto* written = found->as<table>()) {
    out.options = *written;
  } else {
    in.expected("options", "a table", *found, "write options = { NAME = VALUE }");
  }
}

void read_actor_keys(section& in, actor& out) {
  out.call = out.name;
  assign(out.call, in.text("call"));
  read_place(in, out);
  read_mailbox(in, out);
  read_options(in, out);
  read_restart(in, out.restart);
  in.close();
}

void read_supervisor_keys(section& in, supervisor& out) {
  assign(out.children, in.texts("children"));
  assign(out.strategy, in.choice("strategy", strategies));
  read_restart(in, out.restart);
  in.close();
}

}  // namespace

std::vector<read_actor> read_actors(section& top, findings& to) {
  return read_named<actor>(top, actor_kind, read_actor_keys, to);
}

std::vector<read_supervisor> read_supervisors(section& top, findings& to) {
  return read_named<supervisor>(top, supervisor_kind, read_supervisor_keys, to);
}

}  // namespace troupe::config
